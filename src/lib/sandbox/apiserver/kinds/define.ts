import type {KubeObject, ResourceType} from '../../registry.ts'
import {cloneJson, equalJson, isObject, type JsonObject, objectOf} from '../json.ts'
import type {Column, FieldError, Kind, ScalePaths, StrategyContext, View} from '../kind.ts'
import {badRequest} from '../status.ts'
import {numberAt} from './fields.ts'
import {validateAnyUpdate, validateMetadata, validateMetadataUpdate} from './metadata.ts'
import {dns1123Subdomain, type Rule} from './names.ts'
import {BadQuantity, normalize} from './normalize.ts'
import type {SchemaLibrary} from './schemas.ts'

/** What makes a kind particular. All hooks see plain JSON, since clients may send anything the schema allows. */
export interface KindSpec {
  type: ResourceType
  /** The definition in `kinds.json`. */
  model: string
  shortNames?: readonly string[]
  categories?: readonly string[]
  singular?: string
  verbs?: readonly string[]
  storedAs?: Kind['storedAs']
  view?: View
  nameRule?: Rule
  /** The status of a new object; without it the kind has no status subresource. */
  status?: JsonObject | ((object: JsonObject) => JsonObject)
  /** Counts changes of the spec in `metadata.generation`. */
  generation?: boolean
  scale?: ScalePaths
  columns: readonly Column[]
  defaults?(object: JsonObject, context: StrategyContext): void
  create?(object: JsonObject, context: StrategyContext): void
  update?(object: JsonObject, old: JsonObject, context: StrategyContext): void
  validate?(object: JsonObject, context: StrategyContext): FieldError[]
  validateUpdate?(object: JsonObject, old: JsonObject, context: StrategyContext): FieldError[]
  /** What only a write of the status may break. */
  validateStatus?(object: JsonObject, old: JsonObject): FieldError[]
  warnings?(object: JsonObject): string[]
}

export const allVerbs = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const

/** The object itself as loose JSON, to read and edit in place. */
export function looseOf(object: KubeObject): JsonObject {
  if (!isObject(object)) throw new TypeError('a Kubernetes object is a JSON object')
  return object
}

/** Restores on the draft what only another path may write. */
export function keep(draft: JsonObject, old: JsonObject, key: string): void {
  if (old[key] === undefined) delete draft[key]
  else draft[key] = cloneJson(old[key])
}

function initialStatus(spec: KindSpec, object: JsonObject): JsonObject {
  return typeof spec.status === 'function' ? spec.status(object) : {...spec.status}
}

/** Everything that counts as a change of what is wanted, for `metadata.generation`. */
const desired = ({metadata: _, status: __, apiVersion: ___, kind: ____, ...rest}: JsonObject) => rest

export function countGeneration(draft: JsonObject, old: JsonObject | undefined): void {
  const metadata = objectOf(draft['metadata'])
  if (!old) {
    metadata['generation'] = 1
    return
  }
  const before = numberAt(old, 'metadata', 'generation') ?? 0
  const next = equalJson(desired(draft), desired(old)) ? before : before + 1
  if (next > 0) metadata['generation'] = next
}

function normalizeObject(object: JsonObject, {type, model}: KindSpec, {definitions}: SchemaLibrary): void {
  try {
    normalize(object, model, definitions)
  } catch (cause) {
    if (!(cause instanceof BadQuantity)) throw cause
    const {kind, version} = type
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${cause.message}`)
  }
}

export function defineKind(spec: KindSpec, library: SchemaLibrary): Kind {
  const {type} = spec
  const nameRule = spec.nameRule ?? dns1123Subdomain
  return {
    group: type.group,
    version: type.version,
    plural: type.plural,
    kind: type.kind,
    namespaced: type.namespaced,
    singular: spec.singular ?? type.kind.toLowerCase(),
    shortNames: spec.shortNames ?? [],
    categories: spec.categories ?? [],
    listKind: `${type.kind}List`,
    verbs: spec.verbs ?? allVerbs,
    custom: false,
    hasStatus: spec.status !== undefined,
    ...(spec.scale ? {scale: spec.scale} : {}),
    ...(spec.storedAs ? {storedAs: spec.storedAs} : {}),
    ...(spec.view ? {view: spec.view} : {}),
    columns: spec.columns,
    get schema() {
      return library.schema(spec.model)
    },
    setDefaults(draft, context) {
      const loose = looseOf(draft)
      normalizeObject(loose, spec, library)
      spec.defaults?.(loose, context)
    },
    prepareForCreate(draft, context) {
      const loose = looseOf(draft)
      if (spec.status !== undefined) loose['status'] = initialStatus(spec, loose)
      if (spec.generation) countGeneration(loose, undefined)
      spec.create?.(loose, context)
    },
    prepareForUpdate(draft, old, context) {
      const loose = looseOf(draft)
      const before = looseOf(old)
      if (spec.status !== undefined) keep(loose, before, 'status')
      spec.update?.(loose, before, context)
      if (spec.generation) countGeneration(loose, before)
    },
    validate(object, old, context, subresource) {
      const loose = looseOf(object)
      const before = old && looseOf(old)
      if (!before) return [...validateMetadata(loose, nameRule), ...(spec.validate?.(loose, context) ?? [])]
      const found = [...validateAnyUpdate(loose, before), ...validateMetadataUpdate(loose, before)]
      if (subresource === 'status') return [...(spec.validateStatus?.(loose, before) ?? []), ...found]
      return [
        ...found,
        ...(spec.validateUpdate?.(loose, before, context) ?? spec.validate?.(loose, context) ?? []),
      ]
    },
    warnings(object) {
      return spec.warnings?.(looseOf(object)) ?? []
    },
  }
}
