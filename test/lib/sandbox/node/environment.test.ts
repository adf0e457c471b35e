import fc from 'fast-check'
import type {ConfigMap, Container, Service} from 'kubernetes-types/core/v1.d.ts'
import {expect, test} from 'vitest'
import {ConfigError, environmentOf} from '../../../../src/lib/sandbox/node/environment/environment.ts'
import {expand} from '../../../../src/lib/sandbox/node/environment/expand.ts'
import {fieldValue, resourceValue} from '../../../../src/lib/sandbox/node/environment/fields.ts'
import {serviceVariables} from '../../../../src/lib/sandbox/node/environment/services.ts'
import {podOf} from './records.ts'

const facts = {hostIp: '10.0.0.1', podIp: '10.1.1.1', allocatable: {cpu: '2', memory: '1Gi'}}

test('references are replaced, escapes undone, unknown names left', () => {
  const known = new Map([
    ['A', '1'],
    ['B_C', 'two'],
  ])
  const cases: [string, string][] = [
    ['$(A)', '1'],
    ['x$(A)$(B_C)y', 'x1twoy'],
    ['$(NO)', '$(NO)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$1'],
    ['$A $[A]', '$A $[A]'],
    ['$(A', '$(A'],
    ['end$', 'end$'],
  ]
  for (const [text, expected] of cases) expect(expand(text, name => known.get(name))).toBe(expected)
})

test('text without a dollar stays as it is', () => {
  fc.assert(
    fc.property(fc.string(), text => {
      const plain = text.replaceAll('$', '')
      expect(expand(plain, () => 'x')).toBe(plain)
    }),
  )
})

test('fields of the pod are given as the downward API does', () => {
  const pod = podOf({serviceAccountName: 'sa'})
  const value = (path: string) => fieldValue(pod, path, facts)
  expect(value('metadata.name')).toBe('web-0')
  expect(value('metadata.labels')).toBe('a="one \\"x\\""\nb="2"')
  expect(value("metadata.labels['b']")).toBe('2')
  expect(value("metadata.annotations['none']")).toBe('')
  expect(value('spec.serviceAccountName')).toBe('sa')
  expect(value('status.podIP')).toBe('10.1.1.1')
  expect(value('spec.other')).toBeUndefined()
})

test('resources are divided and rounded up; a missing limit is the node’s', () => {
  const container: Container = {
    name: 'c',
    resources: {limits: {cpu: '1500m', memory: '100Mi'}, requests: {cpu: '10m'}},
  }
  const value = (resource: string, divisor?: string) =>
    resourceValue(container, divisor === undefined ? {resource} : {resource, divisor}, facts)
  expect(value('limits.cpu')).toBe('2')
  expect(value('limits.cpu', '1m')).toBe('1500')
  expect(value('requests.cpu', '1m')).toBe('10')
  expect(value('limits.memory', '1Mi')).toBe('100')
  expect(value('limits.memory')).toBe('104857600')
  expect(resourceValue({name: 'n'}, {resource: 'limits.memory'}, facts)).toBe('1073741824')
  expect(resourceValue({name: 'n'}, {resource: 'requests.memory'}, facts)).toBe('0')
})

const service = (namespace: string, name: string, clusterIP: string): Service => ({
  metadata: {name, namespace},
  spec: {
    clusterIP,
    ports: [
      {name: 'sql', port: 5432},
      {port: 53, protocol: 'UDP'},
    ],
  },
})

test('Services are announced in the old and the newer form', () => {
  const found = serviceVariables([service('db', 'my-db', '10.2.0.1')], 'db', true)
  expect(Object.fromEntries(found)).toMatchObject({
    MY_DB_SERVICE_HOST: '10.2.0.1',
    MY_DB_SERVICE_PORT: '5432',
    MY_DB_SERVICE_PORT_SQL: '5432',
    MY_DB_PORT: 'tcp://10.2.0.1:5432',
    MY_DB_PORT_53_UDP: 'udp://10.2.0.1:53',
    MY_DB_PORT_53_UDP_PROTO: 'udp',
  })
})

test('without links only the API is announced, headless Services never', () => {
  const all = [
    service('db', 'mine', '10.2.0.1'),
    service('default', 'kubernetes', '10.2.0.2'),
    service('db', 'h', 'None'),
  ]
  const names = (hasLinks: boolean) =>
    [...serviceVariables(all, 'db', hasLinks).keys()].map(each => each.split('_')[0])
  expect(new Set(names(false))).toEqual(new Set(['KUBERNETES']))
  expect(new Set(names(true))).toEqual(new Set(['KUBERNETES', 'MINE']))
})

test('what a variable refers to must be there unless it is optional', () => {
  const map: ConfigMap = {data: {key: 'value'}}
  const sources = {
    configMap: (name: string) => (name === 'there' ? map : undefined),
    secret: () => undefined,
    services: () => [],
  }
  const variables = (container: Container) => environmentOf({pod: podOf(), container, facts, sources})
  const from = (name: string, key: string, optional?: boolean): Container => ({
    name: 'c',
    env: [{name: 'X', valueFrom: {configMapKeyRef: {name, key, ...(optional ? {optional} : {})}}}],
  })
  expect(variables(from('there', 'key')).get('X')).toBe('value')
  expect(variables(from('absent', 'key', true)).has('X')).toBe(false)
  expect(() => variables(from('absent', 'key'))).toThrow(new ConfigError('configmap "absent" not found'))
  expect(() => variables(from('there', 'no'))).toThrow("couldn't find key no in ConfigMap db/there")
  const bulk = {name: 'c', envFrom: [{secretRef: {name: 'absent'}}]}
  expect(() => variables(bulk)).toThrow('secret "absent" not found')
})
