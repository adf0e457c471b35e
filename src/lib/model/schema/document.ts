import {Type} from 'typebox'
import {DEFAULTS} from '../defaults.ts'
import {proxy, service} from './access.ts'
import {backups} from './backups.ts'
import {anyObject, labels, metadata, oneOf, port} from './fields.ts'
import {instances} from './instances.ts'
import {dataSource, monitoring, standby} from './origin.ts'
import {authentication, config, databaseInitSQL, patroni, users} from './postgres.ts'
import {status} from './status.ts'

export const spec = Type.Object({
  postgresVersion: Type.Integer({minimum: 11, maximum: 18}),
  postGISVersion: Type.Optional(Type.String()),
  image: Type.Optional(Type.String({minLength: 1})),
  imagePullPolicy: Type.Optional(oneOf(['Always', 'Never', 'IfNotPresent'])),
  imagePullSecrets: Type.Optional(Type.Array(Type.Object({name: Type.String({minLength: 1})}))),
  port: Type.Optional(port({default: DEFAULTS.port})),
  metadata: Type.Optional(metadata),
  paused: Type.Optional(Type.Boolean()),
  shutdown: Type.Optional(Type.Boolean()),
  openshift: Type.Optional(Type.Boolean()),
  supplementalGroups: Type.Optional(Type.Array(Type.Integer({minimum: 1, maximum: 2147483647}))),
  disableDefaultPodScheduling: Type.Optional(Type.Boolean()),
  instances,
  backups: Type.Optional(backups),
  config: Type.Optional(config),
  authentication: Type.Optional(authentication),
  users: Type.Optional(users),
  databaseInitSQL: Type.Optional(databaseInitSQL),
  customTLSSecret: Type.Optional(anyObject()),
  customReplicationTLSSecret: Type.Optional(anyObject()),
  patroni: Type.Optional(patroni),
  standby: Type.Optional(standby),
  dataSource: Type.Optional(dataSource),
  proxy: Type.Optional(proxy),
  service: Type.Optional(service),
  replicaService: Type.Optional(service),
  monitoring: Type.Optional(monitoring),
  instrumentation: Type.Optional(anyObject()),
  userInterface: Type.Optional(anyObject()),
})

const ownerReference = Type.Object({
  apiVersion: Type.String(),
  kind: Type.String(),
  name: Type.String(),
  uid: Type.String(),
  controller: Type.Optional(Type.Boolean()),
  blockOwnerDeletion: Type.Optional(Type.Boolean()),
})

/** The parts of an object's metadata that a person writes, and those that the API server adds. */
const objectMeta = Type.Object({
  name: Type.String({
    minLength: 1,
    maxLength: 63,
    pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$',
    'x-pgk-says': 'must be lower-case letters, digits and dashes, and start with a letter',
  }),
  namespace: Type.Optional(Type.String({minLength: 1})),
  labels: Type.Optional(labels),
  annotations: Type.Optional(labels),
  finalizers: Type.Optional(Type.Array(Type.String())),
  ownerReferences: Type.Optional(Type.Array(ownerReference)),
  uid: Type.Optional(Type.String()),
  resourceVersion: Type.Optional(Type.String()),
  generation: Type.Optional(Type.Integer()),
  creationTimestamp: Type.Optional(Type.String()),
  deletionTimestamp: Type.Optional(Type.String()),
  deletionGracePeriodSeconds: Type.Optional(Type.Integer()),
  generateName: Type.Optional(Type.String()),
  selfLink: Type.Optional(Type.String()),
  managedFields: Type.Optional(Type.Array(anyObject())),
})

export const postgresCluster = Type.Object({
  apiVersion: oneOf(['postgres-operator.crunchydata.com/v1beta1', 'postgres-operator.crunchydata.com/v1']),
  kind: oneOf(['PostgresCluster']),
  metadata: objectMeta,
  spec,
  status: Type.Optional(status),
})
