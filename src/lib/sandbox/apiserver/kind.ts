import type {KubeObject, ResourceType} from '../registry.ts'

/**
 * A field schema in OpenAPI v3 words with Kubernetes' extensions, for built-in and custom kinds alike. It
 * drives strict decoding, pruning, strategic merge, server-side apply and what `/openapi` publishes.
 */
export interface Schema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  /** `date-time`, `int32`, `int64`, `byte`, `quantity`, … */
  format?: string
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  items?: Schema
  enum?: unknown[]
  default?: unknown
  nullable?: boolean
  minimum?: number
  maximum?: number
  exclusiveMinimum?: boolean
  exclusiveMaximum?: boolean
  multipleOf?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  minProperties?: number
  maxProperties?: number
  pattern?: string
  allOf?: Schema[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  not?: Schema
  'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set'
  'x-kubernetes-list-map-keys'?: string[]
  'x-kubernetes-map-type'?: 'atomic' | 'granular'
  'x-kubernetes-patch-strategy'?: string
  'x-kubernetes-patch-merge-key'?: string
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-preserve-unknown-fields'?: boolean
  'x-kubernetes-embedded-resource'?: boolean
  'x-kubernetes-validations'?: {
    rule: string
    message?: string
    messageExpression?: string
    reason?: string
    fieldPath?: string
    optionalOldSelf?: boolean
  }[]
}

/** One cause of a 422, in the words of Kubernetes' field errors. */
export interface FieldError {
  /** `spec.containers[0].image` */
  field: string
  /** `FieldValueRequired`, `FieldValueInvalid`, `FieldValueForbidden`, `FieldValueNotSupported`, … */
  reason: string
  /** The sentence after `field: `, such as `Required value: must be set`. */
  message: string
}

export interface Column {
  name: string
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  format?: string
  description?: string
  /** 0 shows always, 1 only with `-o wide`. */
  priority: number
  cell: (object: KubeObject, now: Date) => string | number | boolean | null
}

export interface ScalePaths {
  /** Dotted paths without a leading dot: `spec.replicas`. */
  replicas: string
  statusReplicas: string
  /** Gives the label selector in its string form, or ''. */
  selector: (object: KubeObject) => string
}

/** Who is asking, as authentication found. */
export interface User {
  name: string
  uid?: string
  groups: readonly string[]
  extra?: Record<string, string[]>
}

/** What a strategy may look at besides the object itself. */
export interface StrategyContext {
  user: User
  now: Date
  /** Reads other objects (for example, to allocate a free ClusterIP). */
  list(type: ResourceType, namespace?: string): KubeObject[]
  get(type: ResourceType, namespace: string | undefined, name: string): KubeObject | undefined
}

/** One served kind and everything that is particular to it. Pure but for what the context gives. */
export interface Kind extends ResourceType {
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly listKind: string
  readonly verbs: readonly string[]
  readonly schema: Schema
  /** Custom kinds know no strategic merge patch and prune what the schema does not name. */
  readonly custom: boolean
  readonly hasStatus: boolean
  readonly scale?: ScalePaths
  /** The group and version whose encoding is stored, where it is not the served one; discovery tells its hash. */
  readonly storedAs?: {readonly group: string; readonly version: string}
  /** A kind that only shows the objects of another kind in its own words. */
  readonly view?: View
  readonly columns: readonly Column[]
  /** Fills defaults in place, as decoding does. */
  setDefaults(draft: KubeObject, context: StrategyContext): void
  /** Before validation of a create: drops a status that may not be set, allocates what the server allocates. */
  prepareForCreate(draft: KubeObject, context: StrategyContext): void
  /** Before validation of an update of the main resource: keeps status and immutable server-set fields of `old`. */
  prepareForUpdate(draft: KubeObject, old: KubeObject, context: StrategyContext): void
  /** `old` is absent on create; `subresource` is `status` where only the status is written. */
  validate(
    object: KubeObject,
    old: KubeObject | undefined,
    context: StrategyContext,
    subresource?: 'status',
  ): FieldError[]
  /** Warnings for the client (`299`), such as for deprecated kinds. */
  warnings(object: KubeObject): string[]
}

/** Two groups may serve the same objects; one of them stores them. */
export interface View {
  /** Where the objects are. */
  readonly source: {readonly group: string; readonly plural: string}
  toSource(object: KubeObject): KubeObject
  fromSource(object: KubeObject): KubeObject
}

/** The kinds served now; changes as CustomResourceDefinitions come and go. */
export interface KindTable {
  all(): readonly Kind[]
  /** By URL: group (`''` for core), version, plural. */
  find(group: string, version: string, plural: string): Kind | undefined
}
