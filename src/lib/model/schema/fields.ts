import {type Static, Type} from 'typebox'

/**
 * Shapes of fields that Kubernetes has no JSON Schema word for. `x-pgk-check` names a check that runs
 * offline and is left out of the CRD, as is
 * `x-pgk-says`, a pattern in words.
 */

export const labels = Type.Record(Type.String(), Type.String())

/** Any object, kept as it is: pgk hands it on or refuses it by name. */
export const anyObject = (description?: string) =>
  Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    ...(description === undefined ? {} : {description}),
    'x-kubernetes-preserve-unknown-fields': true,
  })

export const anyObjects = () =>
  Type.Unsafe<Record<string, unknown>[]>({
    type: 'array',
    items: {type: 'object', 'x-kubernetes-preserve-unknown-fields': true},
  })

export const intOrString = Type.Unsafe<number | string>({'x-kubernetes-int-or-string': true})

/** A count, or a percentage such as `50%`. */
export const countOrPercent = Type.Unsafe<number | string>({
  'x-kubernetes-int-or-string': true,
  'x-pgk-check': 'countOrPercent',
})

export const quantity = Type.Unsafe<number | string>({
  'x-kubernetes-int-or-string': true,
  'x-pgk-check': 'quantity',
})

/** A cron line, in Kubernetes' dialect. */
export const cron = Type.String({minLength: 6, 'x-pgk-check': 'cron'})

export const oneOf = <const Values extends readonly string[]>(values: Values) =>
  Type.Unsafe<Values[number]>({type: 'string', enum: [...values]})

export const port = (options: {default?: number} = {}) =>
  Type.Integer({minimum: 1024, maximum: 65535, ...options})

export const metadata = Type.Object({
  labels: Type.Optional(labels),
  annotations: Type.Optional(labels),
})

const keyPath = Type.Object({
  key: Type.String({minLength: 1}),
  path: Type.String({minLength: 1}),
  mode: Type.Optional(Type.Integer({minimum: 0, maximum: 0o777})),
})

const namedProjection = Type.Object({
  name: Type.Optional(Type.String()),
  optional: Type.Optional(Type.Boolean()),
  items: Type.Optional(Type.Array(keyPath)),
})

/** One source of a projected volume. */
export const projection = Type.Object({
  secret: Type.Optional(namedProjection),
  configMap: Type.Optional(namedProjection),
  downwardAPI: Type.Optional(anyObject()),
  serviceAccountToken: Type.Optional(anyObject()),
  clusterTrustBundle: Type.Optional(anyObject()),
})

export const resources = Type.Object({
  requests: Type.Optional(Type.Record(Type.String(), quantity)),
  limits: Type.Optional(Type.Record(Type.String(), quantity)),
  claims: Type.Optional(
    Type.Array(Type.Object({name: Type.String(), request: Type.Optional(Type.String())})),
  ),
})

/** A PersistentVolumeClaim's spec, with PGO's `autoGrow`. */
export const volumeClaimSpec = Type.Object({
  accessModes: Type.Array(oneOf(['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod']), {
    minItems: 1,
  }),
  resources: Type.Object({
    requests: Type.Object({storage: quantity}),
    limits: Type.Optional(Type.Object({storage: Type.Optional(quantity)})),
  }),
  storageClassName: Type.Optional(Type.String({minLength: 1})),
  volumeName: Type.Optional(Type.String()),
  volumeMode: Type.Optional(oneOf(['Filesystem'])),
  volumeAttributesClassName: Type.Optional(Type.String()),
  selector: Type.Optional(anyObject()),
  dataSource: Type.Optional(anyObject()),
  dataSourceRef: Type.Optional(anyObject()),
  autoGrow: Type.Optional(anyObject('Growing volumes by use')),
})
export type VolumeClaimSpec = Static<typeof volumeClaimSpec>
export type Resources = Static<typeof resources>
