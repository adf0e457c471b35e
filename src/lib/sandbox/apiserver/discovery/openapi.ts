import {createHash} from 'node:crypto'
import type {Handlers} from '../http/hooks.ts'
import type {Kind, KindTable, Schema} from '../kind.ts'
import {rootSchema} from '../schema/meta.ts'
import {groupVersions} from './documents.ts'

const pathOf = (group: string, version: string): string =>
  group === '' ? `api/${version}` : `apis/${group}/${version}`

/** `/openapi/v3`: where each group's document is. The hash changes with the document, for clients' caches. */
export function openapiIndex(kinds: KindTable, handlers: Handlers, hashes: SchemaHashes): unknown {
  const paths = groupVersions(kinds, handlers).map(({group, version}) => {
    const path = pathOf(group, version)
    const served = kinds.all().filter(kind => kind.group === group && kind.version === version)
    const hash = createHash('sha256')
    for (const kind of served) hash.update(hashes.of(kind))
    const digest = hash.digest('hex').slice(0, 32).toUpperCase()
    return [path, {serverRelativeURL: `/openapi/v3/${path}?hash=${digest}`}] as const
  })
  return {paths: Object.fromEntries(paths)}
}

/** A kind's schema is large and never changes under the same kind: it is hashed once. */
export class SchemaHashes {
  readonly #known = new WeakMap<Kind, string>()

  of(kind: Kind): string {
    const known = this.#known.get(kind)
    if (known !== undefined) return known
    const hash = createHash('sha256')
      .update(JSON.stringify(documented(kind)))
      .digest('hex')
    this.#known.set(kind, hash)
    return hash
  }
}

/** One group's OpenAPI v3 document: the schemas of its kinds and the paths that name them. */
export function openapiOf(kinds: KindTable, handlers: Handlers, path: string): unknown {
  const found = groupVersions(kinds, handlers).find(({group, version}) => pathOf(group, version) === path)
  if (found === undefined) return undefined
  const served = kinds.all().filter(kind => kind.group === found.group && kind.version === found.version)
  return {
    openapi: '3.0.0',
    info: {title: 'Kubernetes', version: 'v1.36.2'},
    paths: Object.fromEntries(served.flatMap(kind => pathsOf(kind, path))),
    components: {schemas: Object.fromEntries(served.map(kind => [schemaName(kind), schemaOf(kind)]))},
  }
}

/** `io.k8s.api.apps.v1.StatefulSet`; a custom group's name is turned round: `com.example.v1.Widget`. */
function schemaName(kind: Kind): string {
  if (kind.custom) return `${kind.group.split('.').reverse().join('.')}.${kind.version}.${kind.kind}`
  if (kind.group === 'apiextensions.k8s.io') {
    return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${kind.version}.${kind.kind}`
  }
  const group = kind.group === '' ? 'core' : (kind.group.split('.')[0] ?? '')
  return `io.k8s.api.${group}.${kind.version}.${kind.kind}`
}

const gvk = ({group, version, kind}: Kind) => ({group, kind, version})

/** With the kind's own words about what all kinds share, where it has some. */
function documented(kind: Kind): Schema {
  const schema = rootSchema(kind)
  return {...schema, properties: {...schema.properties, ...kind.schema.properties}}
}

const schemaOf = (kind: Kind): unknown => ({
  ...documented(kind),
  'x-kubernetes-group-version-kind': [gvk(kind)],
})

function pathsOf(kind: Kind, root: string): [string, unknown][] {
  const scope = kind.namespaced ? '/namespaces/{namespace}' : ''
  const collection = `/${root}${scope}/${kind.plural}`
  const schema = {$ref: `#/components/schemas/${schemaName(kind)}`}
  const reference = {'application/json': {schema}}
  const operation = (action: string) => ({
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk(kind),
    responses: {200: {description: 'OK', content: reference}},
    ...(['post', 'put', 'patch'].includes(action) ? {requestBody: {content: reference}} : {}),
    parameters: ['dryRun', 'fieldManager', 'fieldValidation'].map(name => ({
      name,
      in: 'query',
      schema: {type: 'string', uniqueItems: true},
    })),
  })
  const all = {get: operation('list'), post: operation('post')}
  const one = {
    get: operation('get'),
    put: operation('put'),
    patch: operation('patch'),
    delete: operation('delete'),
  }
  return [
    [collection, all],
    [`${collection}/{name}`, one],
  ]
}
