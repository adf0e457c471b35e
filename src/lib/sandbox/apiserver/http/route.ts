import {parseFieldSelector} from '../selectors/field.ts'
import type {Attributes} from './hooks.ts'

const VERBS: Record<string, {one: string; many: string}> = {
  GET: {one: 'get', many: 'list'},
  HEAD: {one: 'get', many: 'list'},
  POST: {one: 'create', many: 'create'},
  PUT: {one: 'update', many: 'update'},
  PATCH: {one: 'patch', many: 'patch'},
  DELETE: {one: 'delete', many: 'deletecollection'},
}

/** True for `1`, `true`, `True`, …: what Kubernetes takes for a boolean in a query. */
export const flag = (query: URLSearchParams, name: string): boolean => {
  const value = query.get(name)
  return value !== null && !['false', 'False', 'FALSE', 'f', '0'].includes(value)
}

/** What a request wants, read from its method, path and query. */
export function attributesOf(method: string, path: string, query: URLSearchParams): Attributes {
  const parts = path.split('/').filter(part => part !== '')
  const [root, ...rest] = parts
  const prefix = root === 'api' ? rest.splice(0, 1) : root === 'apis' ? rest.splice(0, 2) : []
  const version = prefix.at(-1)
  const group = root === 'apis' ? prefix[0] : ''
  if (version === undefined || group === undefined || rest.length === 0)
    return {verb: method.toLowerCase(), path}
  if (root === 'apis' && prefix.length < 2) return {verb: method.toLowerCase(), path}
  const {namespace, plural, name, subresource} = located(rest.map(decode))
  const kind = VERBS[method] ?? {one: method.toLowerCase(), many: method.toLowerCase()}
  const many = name === undefined
  const watches = many && kind.many === 'list' && flag(query, 'watch')
  const verb = watches ? 'watch' : many ? kind.many : kind.one
  const selected = many && kind.many !== 'create' ? nameInSelector(query) : undefined
  const single = name ?? selected
  return {
    verb,
    path,
    resource: {
      group,
      version,
      plural,
      ...(subresource === undefined ? {} : {subresource}),
      ...(namespace === undefined ? {} : {namespace}),
      ...(single === undefined ? {} : {name: single}),
    },
  }
}

interface Location {
  namespace: string | undefined
  plural: string
  name: string | undefined
  subresource: string | undefined
}

/** `namespaces/a/pods/b/log`, `nodes/c`, or a namespace itself: `namespaces/a`, `namespaces/a/status`. */
function located(parts: string[]): Location {
  const [first = '', second, third] = parts
  const own = third === undefined || third === 'status' || third === 'finalize'
  if (first !== 'namespaces' || second === undefined || own) {
    const namespace = first === 'namespaces' ? second : undefined
    return {namespace, plural: first, name: second, subresource: parts.slice(2).join('/') || undefined}
  }
  return {
    namespace: second,
    plural: third,
    name: parts[3],
    subresource: parts.slice(4).join('/') || undefined,
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** A list that asks for one name counts as a request for that object, also for RBAC. */
function nameInSelector(query: URLSearchParams): string | undefined {
  const text = query.get('fieldSelector')
  if (text === null || !text.includes('metadata.name')) return undefined
  return parseFieldSelector(text).find(({field, equal}) => field === 'metadata.name' && equal)?.value
}
