import {writeFile} from 'node:fs/promises'
import {pathToFileURL} from 'node:url'
import {createAccess} from './apiserver/access/access.ts'
import {bootstrap} from './apiserver/access/bootstrap.ts'
import {checkEscalation} from './apiserver/access/escalation.ts'
import type {KindTable} from './apiserver/kind.ts'
import {builtinKinds} from './apiserver/kinds/builtin.ts'
import {type ApiServer, createApiServer} from './apiserver/server.ts'
import {systemClock} from './controllers/clock.ts'
import {startControllers} from './controllers/start.ts'
import {directoryStorage} from './controllers/volumes/storage.ts'
import {containerdPlaces, ensureContainerd} from './host/containerd/containerd.ts'
import {keepContainerd} from './host/containerd/watch.ts'
import {tryLock} from './host/lock.ts'
import {virtualNodes} from './host/nodes.ts'
import {cgroupRoot, daemonLock, sandboxFiles, sandboxPaths} from './host/paths.ts'
import {readPki} from './host/pki.ts'
import {readSettings} from './host/settings.ts'
import {pauseImage} from './image/busybox.ts'
import {prepareNetwork, serveNetwork} from './network/network.ts'
import {addressesIn} from './network/ranges.ts'
import {startNodes} from './node/start.ts'
import type {SandboxPaths} from './ports.ts'

const log = (message: string) => process.stderr.write(`${new Date().toISOString()} ${message}\n`)
const textOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))

/** Runs a sandbox's control plane in this process until a signal ends it. Containers outlive it. */
async function runDaemon(name: string, paths: SandboxPaths): Promise<void> {
  const lock = await tryLock(daemonLock(name))
  if (lock === undefined) throw new Error(`the sandbox ${name} runs already`)
  const settings = await readSettings(paths)
  if (settings === undefined) throw new Error(`no sandbox ${name} in ${paths.root}`)
  const files = sandboxFiles(paths)
  const addresses = addressesIn(settings.block)
  const pki = await readPki(paths)
  const stopping = new AbortController()
  const {signal} = stopping

  const containerd = {paths, networks: files.networks, plugins: settings.plugins, pauseImage: pauseImage.name}
  await prepareNetwork({
    sandbox: name,
    addresses,
    networks: files.networks,
    leases: files.leases,
    forwardingNote: files.forwarding,
  })
  await ensureContainerd(containerd)
  const {socket} = containerdPlaces(paths)
  void keepContainerd({socket, restart: () => ensureContainerd(containerd), log, signal})

  const kinds = builtinKinds({serviceRange: addresses.serviceRange, checkEscalation})
  const table: KindTable = {
    all: () => kinds,
    find: (group, version, plural) =>
      kinds.find(kind => kind.group === group && kind.version === version && kind.plural === plural),
  }
  const access = createAccess({
    tokenKey: pki.serviceAccountKey,
    issuer: `https://kubernetes.default.svc.${addresses.clusterDomain}`,
    registry: () => server.registry,
    now: () => new Date(),
  })
  const server: ApiServer = createApiServer({
    kinds: table,
    storagePath: files.database,
    tls: {key: pki.server.key, cert: pki.server.certificate, clientCa: pki.authority.certificate},
    addresses: [
      {host: '127.0.0.1', port: settings.apiPort},
      {host: addresses.bridgeIp, port: settings.apiPort},
    ],
    authenticator: access.authenticator,
    authorizer: access.authorizer,
    handlers: access.handlers,
    report: error => log(textOf(error)),
  })
  bootstrap(server.registryAs('kube-apiserver'))
  const network = await serveNetwork({
    sandbox: name,
    registry: server.registryAs('kube-apiserver'),
    addresses,
    apiPort: settings.apiPort,
    log,
  })
  const controllers = startControllers({
    registry: server.registry,
    clock: systemClock,
    options: {
      caCertificate: pki.authority.certificate,
      storage: directoryStorage(files.volumes),
      onError: (controller, key, error) => log(`${controller} ${key}: ${textOf(error)}`),
    },
  })
  const nodes = await startNodes({
    registry: server.registryAs('kubelet'),
    runtimeSocket: socket,
    paths,
    addresses,
    nodes: virtualNodes(settings.nodes),
    resolveImage: image => image,
    issueToken: access.issueToken,
    clock: systemClock,
    cgroupRoot: cgroupRoot(name),
    onError: (what, error) => log(`${what}: ${textOf(error)}`),
  })
  await server.listen()
  await writeFile(files.daemonPid, `${process.pid}\n`)
  log(`serving ${server.url}`)

  let draining = false
  const drain = (): void => {
    if (draining) return
    draining = true
    nodes.stop()
    controllers.stop()
  }
  process.on('SIGUSR2', () => {
    drain()
    void writeFile(files.drained, '')
  })
  const stop = async (): Promise<void> => {
    stopping.abort()
    drain()
    await network.stop()
    await server.close()
    lock[Symbol.dispose]()
    process.exit(0)
  }
  for (const each of ['SIGTERM', 'SIGINT'] as const) process.once(each, () => void stop())
}

const [, program, name] = process.argv
if (program !== undefined && name !== undefined && import.meta.url === pathToFileURL(program).href) {
  process.on('unhandledRejection', error => log(`unhandled: ${textOf(error)}`))
  runDaemon(name, sandboxPaths(name, process.env)).catch((error: unknown) => {
    log(textOf(error))
    process.exit(1)
  })
}
