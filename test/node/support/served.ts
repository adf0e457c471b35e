import {type ChildProcess, execFile, spawn} from 'node:child_process'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {stringify} from 'yaml'
import type {KindTable} from '../../../src/lib/sandbox/apiserver/kind.ts'
import {builtinKinds} from '../../../src/lib/sandbox/apiserver/kinds/builtin.ts'
import {createApiServer} from '../../../src/lib/sandbox/apiserver/server.ts'
import {systemClock} from '../../../src/lib/sandbox/controllers/clock.ts'
import {ensurePki} from '../../../src/lib/sandbox/host/pki.ts'
import {startNodes} from '../../../src/lib/sandbox/node/start.ts'
import {configMaps, namespaces, pods, serviceAccounts} from '../../../src/lib/sandbox/resources.ts'
import {podStreamHandlers} from '../../../src/lib/sandbox/streaming/handlers.ts'
import type {StreamingBackend} from '../../../src/lib/sandbox/streaming/target.ts'
import {startContainerd} from './containerd.ts'

export interface KubectlResult {
  code: number
  stdout: string
  stderr: string
}

/** An API server in front of one node, for clients that speak HTTPS. */
export interface Served {
  readonly url: string
  readonly kubeconfig: string
  kubectl(args: readonly string[], input?: string | Buffer): Promise<KubectlResult>
  /** Starts kubectl and leaves it running. */
  background(args: readonly string[]): ChildProcess
  run(name: string, spec: Pod['spec']): Promise<Pod>
  stop(): Promise<void>
}

export async function startServed(name: string, third: number): Promise<Served> {
  const folder = join('/tmp/pgk-test-nodes', name)
  const range = {bridge: `pgkt-${name}`.slice(0, 15), subnet: `10.231.${third}.0/24`}
  const containerd = await startContainerd(folder, range)
  const paths = {root: join(folder, 'sandbox'), run: join(folder, 'run'), images: join(folder, 'images')}
  for (const each of [paths.root, paths.run]) mkdirSync(each, {recursive: true})
  const addresses = {
    podRange: range.subnet,
    serviceRange: '10.232.0.0/16',
    apiServiceIp: '10.232.0.1',
    dnsServiceIp: '10.232.0.10',
    clusterDomain: 'cluster.local',
    bridgeIp: `10.231.${third}.1`,
  }
  const pki = await ensurePki(paths, addresses)
  const kinds = builtinKinds({serviceRange: addresses.serviceRange})
  const table: KindTable = {
    all: () => kinds,
    find: (group, version, plural) =>
      kinds.find(each => each.group === group && each.version === version && each.plural === plural),
  }
  let backend: StreamingBackend | undefined
  const server = createApiServer({
    kinds: table,
    tls: {key: pki.server.key, cert: pki.server.certificate, clientCa: pki.authority.certificate},
    addresses: [{host: '127.0.0.1', port: 0}],
    authenticator: () => ({name: 'kubernetes-admin', groups: ['system:masters']}),
    authorizer: () => ({allowed: true}),
    handlers: {subresources: podStreamHandlers(() => backend), createOnly: []},
  })
  const {registry} = server
  if (!registry.get(namespaces, undefined, 'default')) {
    registry.create(namespaces, {apiVersion: 'v1', kind: 'Namespace', metadata: {name: 'default'}})
  }
  registry.create(serviceAccounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {name: 'default', namespace: 'default'},
  })
  registry.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {name: 'kube-root-ca.crt', namespace: 'default'},
    data: {'ca.crt': pki.authority.certificate},
  })
  const nodes = await startNodes({
    registry: server.registryAs('kubelet'),
    runtimeSocket: containerd.socket,
    paths,
    addresses,
    nodes: [{name: 'node-a', zone: 'zone-a'}],
    resolveImage: image => image,
    issueToken: () => ({token: 'none', expiresAt: Date.now() + 3600_000}),
    clock: systemClock,
    cgroupRoot: `pgk-test-${name}`,
    onError: (what, error) => console.error(what, error),
  })
  backend = {registry, streams: nodes.streams}
  await server.listen()
  const kubeconfig = join(folder, 'kubeconfig')
  const encoded = (text: string) => Buffer.from(text).toString('base64')
  writeFileSync(
    kubeconfig,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [
        {
          name: 'test',
          cluster: {server: server.url, 'certificate-authority-data': encoded(pki.authority.certificate)},
        },
      ],
      users: [
        {
          name: 'test',
          user: {
            'client-certificate-data': encoded(pki.admin.certificate),
            'client-key-data': encoded(pki.admin.key),
          },
        },
      ],
      contexts: [{name: 'test', context: {cluster: 'test', user: 'test', namespace: 'default'}}],
    }),
  )
  const env = {...process.env, KUBECONFIG: kubeconfig}
  return {
    url: server.url,
    kubeconfig,
    kubectl: (args, input) =>
      new Promise(resolve => {
        const options = {env, maxBuffer: 64 << 20, timeout: 60_000}
        const child = execFile('kubectl', [...args], options, (error, stdout, stderr) => {
          resolve({code: error ? Number(child.exitCode ?? 1) : 0, stdout, stderr})
        })
        // kubectl may be through before it has read everything.
        child.stdin?.on('error', () => undefined)
        child.stdin?.end(input ?? '')
      }),
    background: args => spawn('kubectl', [...args], {env, stdio: ['pipe', 'pipe', 'pipe']}),
    async run(podName, spec) {
      registry.create<Pod>(pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {name: podName, namespace: 'default'},
        spec: {nodeName: 'node-a', terminationGracePeriodSeconds: 2, containers: [], ...spec},
      })
      for (let tries = 0; tries < 2000; tries++) {
        const pod = registry.get(pods, 'default', podName)
        const ready = pod?.status?.conditions?.find(each => each.type === 'Ready')
        if (pod && ready?.status === 'True') return pod
        await sleep(10)
      }
      throw new Error(`not ready: ${JSON.stringify(registry.get(pods, 'default', podName)?.status)}`)
    },
    async stop() {
      for (const each of registry.list(pods)) {
        registry.delete(pods, each.metadata?.namespace, each.metadata?.name ?? '')
      }
      for (let tries = 0; tries < 1000 && registry.list(pods).length > 0; tries++) await sleep(10)
      nodes.stop()
      await server.close()
      await containerd.stop()
    },
  }
}
