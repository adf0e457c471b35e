/**
 * Derives the schemas of the built-in kinds from the generated models of @kubernetes/client-node, so that the
 * sandbox need not load that library at run time. Writes `kinds.json`; `--check` only compares.
 */
import {readFileSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import type {Definition, FieldSchema} from '../src/lib/sandbox/apiserver/kinds/definitions.ts'
import * as marks from './generate-kinds-marks.ts'
import {keepsZero} from './generate-kinds-zero.ts'

const roots = [
  ...['V1Namespace', 'V1Node', 'V1PersistentVolume', 'V1PersistentVolumeClaim', 'V1Pod', 'V1Service'],
  ...['V1Endpoints', 'V1ConfigMap', 'V1Secret', 'V1ServiceAccount', 'CoreV1Event', 'V1LimitRange'],
  ...['V1ResourceQuota', 'V1StatefulSet', 'V1Deployment', 'V1ReplicaSet', 'V1DaemonSet'],
  ...['V1ControllerRevision', 'V1Job', 'V1CronJob', 'V1Lease', 'V1EndpointSlice', 'V1NetworkPolicy'],
  ...['V1Ingress', 'V1IngressClass', 'V1PodDisruptionBudget', 'V1Role', 'V1RoleBinding', 'V1ClusterRole'],
  ...['V1ClusterRoleBinding', 'V1StorageClass', 'V1PriorityClass', 'V1CustomResourceDefinition'],
  ...['V1Scale', 'V1Eviction', 'V1Binding', 'V1DeleteOptions', 'AuthenticationV1TokenRequest'],
  ...['V1TokenReview', 'V1SelfSubjectAccessReview', 'V1SubjectAccessReview', 'V1LocalSubjectAccessReview'],
  ...['V1SelfSubjectRulesReview', 'V1SelfSubjectReview', 'EventsV1Event', 'V1CSIDriver', 'V1CSINode'],
  ...['V1CSIStorageCapacity', 'V1VolumeAttachment', 'V1VolumeAttributesClass'],
]

const models = join(
  dirname(createRequire(import.meta.url).resolve('@kubernetes/client-node')),
  'gen',
  'models',
)
export const target = fileURLToPath(new URL('../src/lib/sandbox/apiserver/kinds/kinds.json', import.meta.url))

interface Attribute {
  name: string
  baseName: string
  type: string
  format: string
}

function isAttribute(value: unknown): value is Attribute {
  return typeof value === 'object' && value !== null && 'name' in value && 'type' in value
}

async function attributesOf(model: string): Promise<Attribute[]> {
  const loaded: Record<string, {attributeTypeMap?: unknown}> = await import(
    pathToFileURL(join(models, `${model}.js`)).href
  )
  const attributes = loaded[model]?.attributeTypeMap
  if (!Array.isArray(attributes)) throw new Error(`${model} has no attribute map`)
  return attributes.filter(isAttribute)
}

const unquoted = (text: string): string => text.replace(/\\(['"`])/g, '$1').trim()

/** What the declaration file says of a model: its description and, per field, description and presence. */
function declarationOf(model: string) {
  const text = readFileSync(join(models, `${model}.d.ts`), 'utf8')
  const body = text.slice(text.indexOf('export declare class'))
  const description = /\/\*\*\n\* (.*)\n\*\/\nexport declare class/.exec(text)?.[1] ?? ''
  const fields = new Map<string, {description: string; required: boolean}>()
  for (const match of body.matchAll(/(?:\/\*\*\n {4}\* (.*)\n {4}\*\/\n)? {4}'([^']+)'(\??): /g)) {
    fields.set(match[2] ?? '', {description: unquoted(match[1] ?? ''), required: match[3] === ''})
  }
  return {description: unquoted(description), fields}
}

const scalars: Record<string, (format: string) => FieldSchema> = {
  string: format => (format ? {type: 'string', format} : {type: 'string'}),
  number: format =>
    format.startsWith('int') ? {type: 'integer', format} : {type: 'number', format: format || 'double'},
  boolean: () => ({type: 'boolean'}),
  Date: () => ({type: 'string', format: 'date-time'}),
  V1MicroTime: () => ({type: 'string', format: 'micro-time'}),
  IntOrString: () => ({'x-kubernetes-int-or-string': true}),
  any: () => ({'x-kubernetes-preserve-unknown-fields': true}),
  object: () => ({type: 'object', 'x-kubernetes-preserve-unknown-fields': true}),
}

function schemaOf(type: string, format: string, wanted: (model: string) => void): FieldSchema {
  const item = /^Array<(.*)>$/.exec(type)?.[1]
  if (item) return {type: 'array', items: schemaOf(item, format, wanted)}
  const value = /^(?:Set<|\{ \[key: string\]: )(.*?)(?:;? \}|>)$/.exec(type)?.[1]
  if (value) return {type: 'object', additionalProperties: schemaOf(value, format, wanted)}
  const scalar = scalars[type]
  if (scalar) return scalar(format)
  wanted(type)
  return {$ref: type}
}

function markQuantity(schema: FieldSchema): FieldSchema {
  const quantity: FieldSchema = {type: 'string', format: 'quantity'}
  return schema.type === 'object' ? {...schema, additionalProperties: quantity} : quantity
}

function mark(path: string, plain: FieldSchema): FieldSchema {
  let schema = marks.quantities.includes(path) ? markQuantity(plain) : plain
  const keys = marks.mapLists[path]
  if (keys) {
    schema = {...schema, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [...keys]}
  }
  const patchKey = marks.patchKeys[path] ?? keys?.[0]
  if (patchKey) schema = {...schema, 'x-kubernetes-patch-merge-key': patchKey}
  const isSet = marks.sets.includes(path)
  if (isSet || marks.appliedSets.includes(path)) schema = {...schema, 'x-kubernetes-list-type': 'set'}
  const strategies = [
    ...(patchKey || isSet ? ['merge'] : []),
    ...(marks.retainKeys.includes(path) ? ['retainKeys'] : []),
  ]
  if (strategies.length > 0) schema = {...schema, 'x-kubernetes-patch-strategy': strategies.join(',')}
  if (marks.atomicLists.includes(path)) schema = {...schema, 'x-kubernetes-list-type': 'atomic'}
  if (marks.atomicMaps.includes(path)) schema = {...schema, 'x-kubernetes-map-type': 'atomic'}
  if (path in marks.keyDefaults) schema = {...schema, default: marks.keyDefaults[path]}
  return schema
}

/** A schema inside a schema is free-form here: custom resources' schemas are read by another reader. */
const freeForm = new Set(['V1JSONSchemaProps'])

async function definitionOf(model: string, wanted: (model: string) => void): Promise<Definition> {
  const declared = declarationOf(model)
  const definition: Definition = {type: 'object', properties: {}}
  if (declared.description) definition.description = declared.description
  if (marks.atomicModels.includes(model)) definition['x-kubernetes-map-type'] = 'atomic'
  if (freeForm.has(model)) return {...definition, 'x-kubernetes-preserve-unknown-fields': true}
  const required: string[] = []
  for (const attribute of await attributesOf(model)) {
    const field = attribute.baseName
    const path = `${model}.${field}`
    const schema = mark(path, schemaOf(attribute.type, attribute.format, wanted))
    const facts = declared.fields.get(attribute.name)
    definition.properties[field] = facts?.description ? {...schema, description: facts.description} : schema
    if (facts?.required) required.push(field)
  }
  if (required.length > 0) definition.required = required
  const keeps = keepsZero[model]
  if (keeps) definition.keepsZero = [...keeps]
  return definition
}

/** The text of `kinds.json`: one definition a line, in alphabetical order. */
export async function generateKinds(): Promise<string> {
  const definitions = new Map<string, Definition>()
  const queue = [...roots]
  for (let model = queue.pop(); model !== undefined; model = queue.pop()) {
    if (definitions.has(model)) continue
    definitions.set(model, await definitionOf(model, name => queue.push(name)))
  }
  const lines = [...definitions]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, definition]) => `${JSON.stringify(name)}:${JSON.stringify(definition)}`)
  return `{\n${lines.join(',\n')}\n}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await generateKinds()
  if (!process.argv.includes('--check')) writeFileSync(target, text)
  else if (readFileSync(target, 'utf8') !== text)
    throw new Error('kinds.json is stale: node scripts/generate-kinds.ts')
}
