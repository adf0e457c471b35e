import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, describe, expect, test} from 'vitest'
import {parseNodes, virtualNodes} from '../../../../src/lib/sandbox/host/nodes.ts'
import {sandboxPaths} from '../../../../src/lib/sandbox/host/paths.ts'
import {type SandboxStatus, sandboxStatus} from '../../../../src/lib/sandbox/host/status.ts'
import {type Paint, statusText} from '../../../../src/lib/sandbox/host/status-text.ts'

const same = (text: string) => text
const plain: Paint = {bold: same, dim: same, green: same, yellow: same, red: text => `<${text}>`}
const root = mkdtempSync(join(tmpdir(), 'status-'))
afterEach(() => rmSync(root, {recursive: true, force: true}))

const up: SandboxStatus = {
  apiVersion: 'pgk/v1',
  kind: 'SandboxStatus',
  name: 'default',
  running: true,
  server: 'https://127.0.0.1:6443',
  kubeconfig: '/k',
  nodes: [
    {name: 'node-1', zone: 'zone-a', ready: true},
    {name: 'node-2', zone: undefined, ready: false},
  ],
  images: ['localhost/busybox:1', 'localhost/pg:17', 'shop.example/pg:17'],
  aliases: {'localhost/pg:17': ['shop.example/pg:17']},
  faults: [],
  pods: 0,
  uptimeSeconds: 3700,
  addresses: {pods: '10.201.0.0/17', services: '10.201.128.0/17'},
  disk: {used: 600 * 2 ** 20, free: 70 * 2 ** 30},
  unknown: [],
}

describe('the status of a sandbox', () => {
  test('that was never there says so instead of failing', async () => {
    const status = await sandboxStatus('nope', {
      root: join(root, 'nope'),
      run: join(root, 'run'),
      images: root,
    })
    expect(status).toMatchObject({running: false, server: null, kubeconfig: null, pods: null})
    expect(statusText(status, plain)).toContain('pgk sandbox up')
  })

  test('shows a node that is not ready as what is wrong, and no pods as a number', () => {
    const text = statusText(up, plain)
    expect(text).toContain('running for 1 h 1 min')
    expect(text).toContain('node-1 (zone-a), <node-2 not ready>')
    expect(text).toMatch(/Pods +0\n/)
  })

  test('shows where its addresses are and how much room there is, and little room as what is wrong', () => {
    expect(statusText(up, plain)).toMatch(/Addresses +pods 10\.201\.0\.0\/17, Services 10\.201\.128\.0\/17\n/)
    expect(statusText(up, plain)).toMatch(/Disk +0\.6 GiB used, 70\.0 GiB free\n/)
    expect(statusText({...up, disk: {used: 0, free: 2 ** 29}}, plain)).toContain('<0.5 GiB free>')
  })

  test('shows under which other names an image is known', () => {
    expect(statusText(up, plain)).toContain('localhost/pg:17\n              also as shop.example/pg:17\n')
  })

  test('a part that could not be read is named with its reason', () => {
    const unknown = [{source: 'API server', reason: 'no answer'}]
    expect(statusText({...up, pods: null, unknown}, plain)).toContain('<API server>: no answer')
  })
})

test('nodes are read from the API’s list, and only a condition Ready that is True counts', () => {
  const node = (name: string, status: string) => ({
    metadata: {name},
    status: {conditions: [{type: 'Ready', status}]},
  })
  const items = [node('a', 'True'), node('b', 'Unknown'), {metadata: {name: 'c'}}]
  expect(parseNodes(JSON.stringify({items})).map(({ready}) => ready)).toEqual([true, false, false])
  expect(() => parseNodes('{}')).toThrow(/odd list/)
})

test('nodes spread over three zones', () => {
  expect(virtualNodes(4).map(({name, zone}) => `${name} ${zone}`)).toEqual([
    'node-1 zone-a',
    'node-2 zone-b',
    'node-3 zone-c',
    'node-4 zone-a',
  ])
})

test('a sandbox cannot be named so that its paths or links would be others', () => {
  for (const name of ['', '../x', 'A', 'a b', '-a', 'a-', 'x'.repeat(21)])
    expect(() => sandboxPaths(name, {}), name).toThrow(/cannot name a sandbox/)
  expect(sandboxPaths('ci', {PGK_SANDBOX_ROOT: '/x'}).root).toBe('/x/ci')
})
