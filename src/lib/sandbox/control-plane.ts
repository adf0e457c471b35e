import {createAccess} from './apiserver/access/access.ts'
import {bootstrap} from './apiserver/access/bootstrap.ts'
import {checkEscalation} from './apiserver/access/escalation.ts'
import {CustomKinds} from './apiserver/kinds/custom/custom-kinds.ts'
import {createKindTable} from './apiserver/kinds/table.ts'
import {type ApiServer, createApiServer} from './apiserver/server.ts'
import {systemClock} from './controllers/clock.ts'
import {startControllers} from './controllers/start.ts'
import {directoryStorage} from './controllers/volumes/storage.ts'
import {Delays} from './faults/delays.ts'
import {Disturbance} from './faults/disturbance.ts'
import {silentNodes} from './faults/effects.ts'
import {FaultKeeper} from './faults/keeper.ts'
import {serveFaults} from './faults/server.ts'
import {faultSocket, readFaults} from './faults/state.ts'
import {containerdPlaces} from './host/containerd/containerd.ts'
import {virtualNodes} from './host/nodes.ts'
import {cgroupRoot, sandboxFiles} from './host/paths.ts'
import type {SandboxPki} from './host/pki.ts'
import type {Settings} from './host/settings.ts'
import {canMountImages, imageStorage, mountVolumes} from './host/volumes/images.ts'
import {serveNetwork} from './network/network.ts'
import {type RunningNodes, startNodes} from './node/start.ts'
import type {Addresses, SandboxPaths} from './ports.ts'
import {podStreamHandlers} from './streaming/handlers.ts'

export interface ControlPlaneOptions {
  settings: Settings
  paths: SandboxPaths
  addresses: Addresses
  pki: SandboxPki
  /** Hears of everything that went wrong inside. */
  report: (what: string, error: unknown) => void
}

export interface ControlPlane {
  url: string
  /** Stops nodes and controllers, so that nothing is started anew; the API goes on. */
  drain(): void
  /** Stops everything. Containers go on. */
  stop(): Promise<void>
}

/** API server, controllers, nodes and network of one sandbox, on a containerd and a bridge that are there. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const {settings, addresses, report} = options
  let nodes: RunningNodes | undefined
  const disturbance = new Disturbance()
  const server = apiServer(options, () => nodes, disturbance)
  bootstrap(server.registryAs('kube-apiserver'))
  const custom = new CustomKinds(server.kinds, server.registryAs('kube-apiserver'), () => new Date())
  custom.start()
  const network = await serveNetwork({
    sandbox: settings.name,
    registry: server.registryAs('kube-apiserver'),
    addresses,
    apiPort: settings.apiPort,
    log: message => report('network', new Error(message)),
  })
  await server.listen()
  const {volumes} = sandboxFiles(options.paths)
  const storage = (await canMountImages(volumes)) ? imageStorage(volumes) : directoryStorage(volumes)
  await mountVolumes(volumes)
  const controllers = startControllers({
    registry: server.registry,
    schedulerRegistry: server.registryAs('kube-scheduler'),
    clock: systemClock,
    options: {
      caCertificate: options.pki.authority.certificate,
      storage,
      onError: (controller, key, error) => report(`${controller} ${key}`, error),
    },
  })
  const running = await startNodes({
    registry: server.registryAs('kubelet'),
    runtimeSocket: containerdPlaces(options.paths).socket,
    paths: options.paths,
    addresses,
    nodes: virtualNodes(settings.nodes),
    // Other names of an image are tags in containerd, which finds it by any of them.
    resolveImage: image => image,
    issueToken: server.access.issueToken,
    clock: systemClock,
    cgroupRoot: cgroupRoot(settings.name),
    onError: report,
    suspended: silentNodes((await readFaults(options.paths)).map(({fault}) => fault)),
  })
  nodes = running
  const faults = new FaultKeeper({
    sandbox: settings.name,
    paths: options.paths,
    registry: server.registryAs('kubelet'),
    addresses,
    apiPort: settings.apiPort,
    cgroupRoot: cgroupRoot(settings.name),
    disturbance,
    delays: new Delays(settings.name),
    suspend: running.suspend,
    report,
  })
  await faults.start()
  const closeFaults = await serveFaults(faultSocket(options.paths), faults)
  let draining = false
  const drain = (): void => {
    if (draining) return
    draining = true
    faults.stop()
    closeFaults()
    running.stop()
    controllers.stop()
  }
  return {
    url: server.url,
    drain,
    async stop() {
      drain()
      custom.stop()
      await network.stop()
      await server.close()
    },
  }
}

function apiServer(
  options: ControlPlaneOptions,
  nodes: () => RunningNodes | undefined,
  disturbance: Disturbance,
) {
  const {settings, addresses, pki, report} = options
  const kinds = createKindTable({serviceRange: addresses.serviceRange, checkEscalation})
  const access = createAccess({
    tokenKey: pki.serviceAccountKey,
    issuer: `https://kubernetes.default.svc.${addresses.clusterDomain}`,
    registry: () => server.registry,
    now: () => new Date(),
  })
  const streams = podStreamHandlers(() => {
    const started = nodes()
    return started && {registry: server.registry, streams: started.streams}
  })
  const server: ApiServer = createApiServer({
    kinds,
    storagePath: sandboxFiles(options.paths).database,
    tls: {key: pki.server.key, cert: pki.server.certificate, clientCa: pki.authority.certificate},
    addresses: [
      {host: '127.0.0.1', port: settings.apiPort},
      {host: addresses.bridgeIp, port: settings.apiPort},
    ],
    authenticator: access.authenticator,
    authorizer: access.authorizer,
    handlers: {...access.handlers, subresources: [...access.handlers.subresources, ...streams]},
    report: error => report('API server', error),
    intercept: disturbance.intercept,
  })
  return Object.assign(server, {access, kinds})
}
