import {createAccess} from '../../src/lib/sandbox/apiserver/access/access.ts'
import {bootstrap} from '../../src/lib/sandbox/apiserver/access/bootstrap.ts'
import {generateTokenKey} from '../../src/lib/sandbox/apiserver/access/tokens.ts'
import {CustomKinds} from '../../src/lib/sandbox/apiserver/kinds/custom/custom-kinds.ts'
import {createKindTable} from '../../src/lib/sandbox/apiserver/kinds/table.ts'
import type {ApiServer} from '../../src/lib/sandbox/apiserver/server.ts'
import {createApiServer} from '../../src/lib/sandbox/apiserver/server.ts'
import {systemClock} from '../../src/lib/sandbox/controllers/clock.ts'
import type {ControllerContext} from '../../src/lib/sandbox/controllers/controller.ts'
import {startEndpoints} from '../../src/lib/sandbox/controllers/endpoints/endpoints.ts'
import {startMirroring} from '../../src/lib/sandbox/controllers/endpoints/mirror.ts'
import {startEndpointSlices} from '../../src/lib/sandbox/controllers/endpoints/slices.ts'
import {startGarbageCollector} from '../../src/lib/sandbox/controllers/garbage/collector.ts'
import {startServiceAccounts} from '../../src/lib/sandbox/controllers/namespaces/accounts.ts'
import {startNamespaceLifecycle} from '../../src/lib/sandbox/controllers/namespaces/lifecycle.ts'
import {startRootCertificate} from '../../src/lib/sandbox/controllers/namespaces/rootca.ts'
import {startStatefulSets} from '../../src/lib/sandbox/controllers/statefulset/controller.ts'
import {selfSigned} from '../lib/sandbox/apiserver/fixture.ts'

export interface Cluster {
  server: ApiServer
  stop(): Promise<void>
}

/** The bearer token of an administrator. */
export const ADMIN_TOKEN = 'administrator'

const starts = [
  startServiceAccounts,
  startNamespaceLifecycle,
  startGarbageCollector,
  startEndpoints,
  startEndpointSlices,
  startMirroring,
  startStatefulSets,
]

/** An API server with the controllers that need no node, without a kubelet. */
export async function startCluster(certificate: string): Promise<Cluster> {
  const failures: unknown[] = []
  const kinds = createKindTable({serviceRange: '10.96.0.0/16'})
  const access = createAccess({
    tokenKey: generateTokenKey(),
    issuer: 'https://kubernetes.default.svc.cluster.local',
    registry: () => server.registry,
    now: () => new Date(),
    staticTokens: [
      {token: ADMIN_TOKEN, user: {name: 'admin', groups: ['system:masters', 'system:authenticated']}},
    ],
  })
  const server: ApiServer = createApiServer({
    kinds,
    tls: await selfSigned(),
    addresses: [{host: '127.0.0.1', port: 0}],
    authenticator: access.authenticator,
    authorizer: access.authorizer,
    handlers: access.handlers,
    report: error => failures.push(error),
  })
  bootstrap(server.registry)
  const customKinds = new CustomKinds(kinds, server.registry, () => new Date())
  customKinds.start()
  const context: ControllerContext = {
    registry: server.registry,
    clock: systemClock,
    recorder: () => ({event: () => {}}),
    onError: (controller, key, error) => console.error(controller, key, error),
  }
  const stops = [...starts.map(start => start(context)), startRootCertificate(context, certificate)]
  await server.listen()
  return {
    server,
    async stop() {
      for (const stop of stops) stop()
      customKinds.stop()
      await server.close()
      if (failures.length > 0) throw new AggregateError(failures, 'the server failed while it answered')
    },
  }
}
