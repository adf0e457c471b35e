import {Type} from 'typebox'
import {anyObject, anyObjects, labels, metadata, oneOf, port, projection, resources} from './fields.ts'
import {minAvailable, podPlacement} from './scheduling.ts'

/** How clients reach Postgres: Services and the connection pooler. */

export const service = Type.Object({
  type: Type.Optional(oneOf(['ClusterIP', 'NodePort', 'LoadBalancer'])),
  nodePort: Type.Optional(Type.Integer({minimum: 1, maximum: 65535})),
  metadata: Type.Optional(metadata),
  ipFamilyPolicy: Type.Optional(oneOf(['SingleStack', 'PreferDualStack', 'RequireDualStack'])),
  ipFamilies: Type.Optional(Type.Array(oneOf(['IPv4', 'IPv6']))),
  internalTrafficPolicy: Type.Optional(oneOf(['Cluster', 'Local'])),
  externalTrafficPolicy: Type.Optional(oneOf(['Cluster', 'Local'])),
})

export const proxy = Type.Object({
  pgBouncer: Type.Object({
    replicas: Type.Optional(Type.Integer({minimum: 0})),
    port: Type.Optional(port()),
    image: Type.Optional(Type.String({minLength: 1})),
    config: Type.Optional(
      Type.Object({
        global: Type.Optional(labels),
        databases: Type.Optional(labels),
        users: Type.Optional(labels),
        files: Type.Optional(Type.Array(projection)),
      }),
    ),
    customTLSSecret: Type.Optional(anyObject()),
    service: Type.Optional(service),
    minAvailable,
    resources: Type.Optional(resources),
    ...podPlacement,
    sidecars: Type.Optional(anyObject()),
    containers: Type.Optional(anyObjects()),
    metadata: Type.Optional(metadata),
    volumes: Type.Optional(anyObject()),
  }),
})
