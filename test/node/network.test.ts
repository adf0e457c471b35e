import {mkdirSync, rmSync} from 'node:fs'
import {createServer} from 'node:http'
import type {Service} from 'kubernetes-types/core/v1.d.ts'
import type {EndpointSlice} from 'kubernetes-types/discovery/v1.d.ts'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {
  containerdPlaces,
  ensureContainerd,
  stopContainerd,
} from '../../src/lib/sandbox/host/containerd/containerd.ts'
import {removeLeftovers} from '../../src/lib/sandbox/host/leftovers.ts'
import {cgroupRoot, sandboxFiles, sandboxPaths} from '../../src/lib/sandbox/host/paths.ts'
import {preflight, thisMachine} from '../../src/lib/sandbox/host/preflight.ts'
import {runAny} from '../../src/lib/sandbox/host/run.ts'
import {buildImages} from '../../src/lib/sandbox/image/build.ts'
import {pauseImage} from '../../src/lib/sandbox/image/busybox.ts'
import {importImages} from '../../src/lib/sandbox/image/import.ts'
import {bridgeName, routedRanges} from '../../src/lib/sandbox/network/links.ts'
import {prepareNetwork, type RunningNetwork, serveNetwork} from '../../src/lib/sandbox/network/network.ts'
import {addressesIn, chooseBlock} from '../../src/lib/sandbox/network/ranges.ts'
import {endpointSlices, namespaces, services} from '../../src/lib/sandbox/resources.ts'
import {FakeRegistry} from '../fakes/registry.ts'
import {type PodMaker, podMaker, type TestPod} from './support/pods.ts'

const name = 'nettest'
const paths = sandboxPaths(name, {PGK_SANDBOX_ROOT: '/tmp/pgk-nettest'})
const files = sandboxFiles(paths)
const registry = new FakeRegistry(() => new Date())
const addresses = addressesIn(chooseBlock(await routedRanges(bridgeName(name))))
// Answers each connection with the table of connections, where the asker's address stands.
const tellsPeer = 'nc -ll -p 81 -e netstat -tn'

let pods: PodMaker
let network: RunningNetwork
let one: TestPod
let two: TestPod

function service(
  service: string,
  clusterIP: string,
  ports: {name: string; port: number; nodePort?: number}[],
): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {namespace: 'test', name: service},
    spec: {clusterIP, ports: ports.map(port => ({protocol: 'TCP', ...port}))},
  }
}

function slice(of: string, endpoints: {address: string; hostname?: string}[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {namespace: 'test', name: `${of}-1`, labels: {'kubernetes.io/service-name': of}},
    addressType: 'IPv4',
    ports: [{name: 'web', port: 80, protocol: 'TCP'}],
    endpoints: endpoints.map(({address, hostname}) => ({
      addresses: [address],
      conditions: {ready: true},
      ...(hostname === undefined ? {} : {hostname}),
    })),
  }
}

const address = (last: number) => addresses.serviceRange.replace('128.0/17', `129.${last}`)
const get = (pod: TestPod, where: string) => pod.exec('sh', '-c', `nc -w 3 ${where} 80 </dev/null`)

beforeAll(async () => {
  rmSync('/tmp/pgk-nettest', {recursive: true, force: true})
  mkdirSync(paths.root, {recursive: true})
  const plugins = preflight(thisMachine())
  const images = await buildImages({folder: paths.images, recipes: [], progress: () => undefined})
  await ensureContainerd({paths, networks: files.networks, plugins, pauseImage: pauseImage.name})
  await importImages(containerdPlaces(paths), images, () => undefined)
  await prepareNetwork({
    sandbox: name,
    addresses,
    networks: files.networks,
    leases: files.leases,
    forwardingNote: files.forwarding,
  })
  for (const each of ['test', 'default', 'kube-system'])
    registry.create(namespaces, {apiVersion: 'v1', kind: 'Namespace', metadata: {name: each}})
  network = await serveNetwork({sandbox: name, registry, addresses, apiPort: 16_443, log: console.error})
  pods = podMaker({
    socket: containerdPlaces(paths).socket,
    logs: files.logs,
    cgroups: cgroupRoot(name),
    nameServer: addresses.dnsServiceIp,
    domain: addresses.clusterDomain,
  })
  ;[one, two] = await Promise.all([
    pods.run('one', ['sh', '-c', `${tellsPeer} & nc -ll -p 80 -e echo one`]),
    pods.run('two', ['sh', '-c', 'nc -ll -p 80 -e echo two']),
  ])
  registry.create(services, service('both', address(1), [{name: 'web', port: 80, nodePort: 30_801}]))
  registry.create(endpointSlices, slice('both', [{address: one.ip}, {address: two.ip}]))
  registry.create(services, service('self', address(2), [{name: 'web', port: 80}]))
  registry.create(endpointSlices, slice('self', [{address: one.ip}]))
  registry.create(services, service('nobody', address(3), [{name: 'web', port: 80}]))
  registry.create(services, service('headless', 'None', [{name: 'web', port: 80}]))
  registry.create(endpointSlices, slice('headless', [{address: one.ip, hostname: 'one'}, {address: two.ip}]))
  await network.proxy.settled()
})

afterAll(async () => {
  await network?.stop()
  pods?.runtime.close()
  await stopContainerd(paths)
  await removeLeftovers(name, paths)
  rmSync('/tmp/pgk-nettest', {recursive: true, force: true})
})

describe('the pod network', () => {
  test('pods have addresses of the range and reach each other', async () => {
    expect(one.ip).not.toBe(two.ip)
    expect((await get(one, two.ip)).out.trim()).toBe('two')
  })

  test('a Service reaches all of its endpoints', async () => {
    const answers = new Set<string>()
    for (let tries = 0; tries < 30 && answers.size < 2; tries++)
      answers.add((await get(one, address(1))).out.trim())
    expect([...answers].sort()).toEqual(['one', 'two'])
  })

  test('a pod reaches itself through its Service', async () => {
    expect(await get(one, address(2))).toEqual({code: 0, out: 'one\n'})
  })

  test('an endpoint sees the address of the pod that asks, not the node’s', async () => {
    registry.create(services, service('peer', address(4), [{name: 'web', port: 81}]))
    const peer = slice('peer', [{address: one.ip}])
    registry.create(endpointSlices, {...peer, ports: [{name: 'web', port: 81, protocol: 'TCP'}]})
    await network.proxy.settled()
    const {out} = await two.exec('nc', '-w', '3', address(4), '81')
    expect(out).toMatch(new RegExp(`${one.ip}:81 +(::ffff:)?${two.ip}:\\d+ `))
  })

  test('a Service without endpoints refuses at once', async () => {
    const began = performance.now()
    const {code} = await two.exec('nc', '-w', '5', address(3), '80')
    expect([code, performance.now() - began < 1000]).toEqual([1, true])
  })

  test('names of Services, endpoints and the API server resolve inside a pod', async () => {
    const look = async (host: string) => (await two.exec('nslookup', '-type=a', host)).out
    expect(await look('both.test.svc.cluster.local')).toContain(address(1))
    expect(await look('one.headless.test.svc.cluster.local')).toContain(one.ip)
    expect(await look('kubernetes.default.svc.cluster.local')).toContain(addresses.apiServiceIp)
    expect((await two.exec('sh', '-c', 'ping -c 1 -W 1 one.headless')).out).toContain(one.ip)
    expect(await look('nothing.test.svc.cluster.local')).toContain('NXDOMAIN')
  })

  test('the machine itself reaches Services, and node ports on its own address', async () => {
    const ask = (host: string, port: string) => runAny('busybox', ['nc', '-w', '3', host, port], {input: ''})
    expect((await ask(address(2), '80')).stdout).toBe('one\n')
    expect((await ask(addresses.apiServiceIp, '443')).code).toBe(1)
    const {stdout} = await runAny('hostname', ['-I'])
    const own = stdout.split(' ').find(ip => ip !== addresses.bridgeIp && /^\d+\.\d+/.test(ip)) ?? ''
    expect((await ask(own, '30801')).stdout).toMatch(/one|two/)
  })

  test('pods reach the API server by its Service', async () => {
    const api = createServer((_, response) => response.end('here'))
    await new Promise<void>(resolve => api.listen(16_443, addresses.bridgeIp, resolve))
    const {out} = await two.exec(
      'sh',
      '-c',
      `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 ${addresses.apiServiceIp} 443`,
    )
    api.close()
    expect(out).toContain('here')
  })

  test('a changed endpoint is in force in a moment', async () => {
    const began = performance.now()
    registry.modify(endpointSlices, 'test', 'self-1', draft => {
      draft.endpoints = [{addresses: [two.ip], conditions: {ready: true}}]
    })
    await network.proxy.settled()
    const took = performance.now() - began
    expect((await get(one, address(2))).out.trim()).toBe('two')
    expect(took).toBeLessThan(1000)
  })
})
