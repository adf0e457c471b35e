import {isObject, type JsonObject} from '../../json.ts'
import type {FieldError, Kind, ScalePaths, Schema} from '../../kind.ts'
import {countGeneration, keep, looseOf} from '../define.ts'
import {at} from '../fields.ts'
import {validateAnyUpdate, validateMetadata, validateMetadataUpdate} from '../metadata.ts'
import {dns1123Subdomain} from '../names.ts'
import {normalize} from '../normalize.ts'
import {invalid} from '../problems.ts'
import type {SchemaLibrary} from '../schemas.ts'
import type {Expressions} from './cel.ts'
import {applyDefaults} from './defaulting.ts'
import type {CustomDefinition, CustomVersion} from './definition.ts'
import {parsePath, valuesAt} from './json-path.ts'
import {printerColumns} from './printer.ts'
import {evaluateRules, hasRules} from './rules.ts'
import {validateStructure, validateUniqueness} from './structural.ts'

const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']

const dotted = (path: string): string => path.replace(/^\./, '')

function scalePathsOf({scale}: CustomVersion): ScalePaths | undefined {
  if (scale === undefined) return undefined
  const selector = parsePath(scale.selector)
  return {
    replicas: dotted(scale.replicas),
    statusReplicas: dotted(scale.statusReplicas),
    selector(object) {
      const [found] = scale.selector === '' || !selector ? [] : valuesAt(object, selector)
      return typeof found === 'string' ? found : ''
    },
  }
}

/** The scale subresource reads numbers; anything else in their place is one more error. */
function validateScale(object: JsonObject, {scale}: CustomVersion): FieldError[] {
  return [scale?.replicas, scale?.statusReplicas].flatMap(path => {
    if (path === undefined) return []
    const value = at(object, ...dotted(path).split('.'))
    if (value === undefined || typeof value === 'number') return []
    const type = Array.isArray(value)
      ? '[]interface {}'
      : isObject(value)
        ? 'map[string]interface {}'
        : typeof value
    return [
      invalid(path, 0, `${path} accessor error: ${String(value)} is of the type ${type}, expected int64`),
    ]
  })
}

const unchecked: FieldError = {
  field: '<nil>',
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the ' +
    'existing errors to complete validation',
}

export interface CustomTools {
  library: SchemaLibrary
  expressions: Expressions
}

/** The schema without what every object has anyway and other code checks. */
function ownSchema({properties = {}, ...rest}: Schema): Schema {
  const {apiVersion: _a, kind: _k, metadata, ...own} = properties
  // Names may be restricted by the definition; nothing else of the metadata.
  const names = metadata?.properties ? {metadata: {...metadata, type: 'object' as const}} : {}
  return {...rest, properties: {...own, ...names}}
}

/** One served version of a custom kind. */
export function customKind(definition: CustomDefinition, version: CustomVersion, tools: CustomTools): Kind {
  const {names, group} = definition
  const {library, expressions} = tools
  const schema = ownSchema(version.schema)
  const scale = scalePathsOf(version)
  const withRules = hasRules(schema)

  const validateBody = (object: JsonObject, old: JsonObject | undefined): FieldError[] => {
    const structure = [...validateStructure(object, schema, '', old), ...validateScale(object, version)]
    const unique = structure.length > 0 ? [] : validateUniqueness(object, schema)
    if (structure.length > 0) return withRules ? [...structure, unchecked] : structure
    if (unique.length > 0 || !withRules) return unique
    return evaluateRules({value: object, schema, field: '', old}, expressions)
  }

  return {
    group,
    version: version.name,
    plural: names.plural,
    kind: names.kind,
    namespaced: definition.namespaced,
    singular: names.singular,
    shortNames: names.shortNames,
    categories: names.categories,
    listKind: names.listKind,
    verbs,
    schema: version.schema,
    custom: true,
    hasStatus: version.hasStatus,
    ...(scale ? {scale} : {}),
    columns: printerColumns(version.columns),
    setDefaults(draft) {
      const loose = looseOf(draft)
      const metadata = loose['metadata']
      if (isObject(metadata)) normalize(metadata, 'V1ObjectMeta', library.definitions)
      applyDefaults(loose, schema)
    },
    prepareForCreate(draft) {
      const loose = looseOf(draft)
      if (version.hasStatus) delete loose['status']
      countGeneration(loose, undefined)
    },
    prepareForUpdate(draft, old) {
      const loose = looseOf(draft)
      if (version.hasStatus) keep(loose, looseOf(old), 'status')
      countGeneration(loose, looseOf(old))
    },
    validate(object, old) {
      const loose = looseOf(object)
      const before = old && looseOf(old)
      const meta = before
        ? [...validateAnyUpdate(loose, before), ...validateMetadataUpdate(loose, before)]
        : validateMetadata(loose, dns1123Subdomain)
      return [...meta, ...validateBody(loose, before)]
    },
    warnings() {
      if (!version.deprecated) return []
      const text = `${group}/${version.name} ${names.kind} is deprecated`
      return [version.deprecationWarning || text]
    },
  }
}
