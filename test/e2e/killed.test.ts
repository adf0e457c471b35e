import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {list, text} from '../../src/lib/observe/fields.ts'
import {roles, status} from './support/cluster.ts'
import {
  createFlags,
  createNamespace,
  deleteNamespace,
  json,
  kubectl,
  pgk,
  succeed,
} from './support/commands.ts'

const wantedKills = 20
/** A kill at every second thing that no run before has come to: objects, Secrets, actions, milestones. */
const newLinesBeforeKill = 2

const eventOf = (line: string): string => line.replace(/^\s*[\d.]+s\s*/, '')

describe('a create that is killed again and again', () => {
  const cluster = {namespace: '', name: 'hippo'}
  const create = ['create', 'cluster', 'hippo', '--replicas', '3']
  const secrets = new Map<string, string>()
  const identifiers = new Set<string>()
  const args = (): string[] => [...create, '-n', cluster.namespace, ...createFlags()]

  /** Every Secret's values, as soon as they exist; a value that changes later is a defect. */
  async function noteSecrets(): Promise<void> {
    const found = await json(kubectl(['get', 'secrets', '-n', cluster.namespace, '-o', 'json']))
    for (const secret of list(found, 'items')) {
      const name = text(secret, 'metadata', 'name') ?? ''
      const data = JSON.stringify(Reflect.get(Object(secret), 'data'))
      expect([name, secrets.get(name) ?? data]).toEqual([name, data])
      secrets.set(name, data)
    }
    const endpoints = await json(kubectl(['get', 'endpoints', '-n', cluster.namespace, '-o', 'json']))
    for (const item of list(endpoints, 'items')) {
      const identifier = text(item, 'metadata', 'annotations', 'initialize')
      if (identifier) identifiers.add(identifier)
    }
  }

  beforeAll(async () => {
    cluster.namespace = await createNamespace('killed')
  })
  afterAll(async () => {
    await pgk(['delete', 'cluster', 'hippo', '-n', cluster.namespace, '--purge', '--confirm', 'hippo'])
    await deleteNamespace(cluster.namespace)
  })

  it('converges, with the same passwords, certificates and system identifier', async () => {
    const known = new Set<string>()
    let kills = 0
    for (let finished = false; !finished && kills < wantedKills; ) {
      let fresh = 0
      const killOn = (line: string): boolean => {
        const event = eventOf(line)
        if (event === '' || known.has(event)) return false
        known.add(event)
        fresh += 1
        return fresh === newLinesBeforeKill
      }
      const {code} = await pgk([...args(), '-v'], {killOn})
      finished = code === 0
      if (code === null) kills += 1
      await noteSecrets()
    }
    await succeed(pgk(args()))
    expect(kills).toBe(wantedKills)
    await noteSecrets()
    expect(identifiers.size).toBe(1)
    const found = await status(cluster)
    expect(text(found, 'verdict', 'level')).toBe('ok')
    expect(roles(found)).toEqual(['leader', 'replica', 'replica'])
  })

  it('leaves nothing orphaned: every object is the cluster’s, and one backup Job ran', async () => {
    const kinds =
      'statefulsets,services,configmaps,secrets,persistentvolumeclaims,jobs,cronjobs,serviceaccounts,roles'
    const found = await json(kubectl(['get', kinds, '-n', cluster.namespace, '-o', 'json']))
    const names = list(found, 'items')
      .map(item => `${text(item, 'kind')}/${text(item, 'metadata', 'name')}`)
      .filter(name => !['ConfigMap/kube-root-ca.crt', 'ServiceAccount/default'].includes(name))
    for (const name of names) expect(name).toMatch(/^\w+\/hippo/)
    expect(names.filter(name => name.startsWith('StatefulSet/hippo-pg-'))).toHaveLength(3)
    expect(names.filter(name => name.startsWith('Job/'))).toHaveLength(1)
  })
})
