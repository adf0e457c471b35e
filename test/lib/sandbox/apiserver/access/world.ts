import type {RbacReader} from '../../../../../src/lib/sandbox/apiserver/access/resolver.ts'
import type {Attributes} from '../../../../../src/lib/sandbox/apiserver/http/hooks.ts'
import type {User} from '../../../../../src/lib/sandbox/apiserver/kind.ts'
import type {KubeObject} from '../../../../../src/lib/sandbox/registry.ts'

type Json = Record<string, unknown>

/** Objects by plural. */
export const readerOf = (world: Record<string, KubeObject[]>): RbacReader => ({
  list: (type, namespace) =>
    (world[type.plural] ?? []).filter(
      each => namespace === undefined || each.metadata?.namespace === namespace,
    ),
  get: (type, namespace, name) =>
    (world[type.plural] ?? []).find(
      each => each.metadata?.name === name && (!type.namespaced || each.metadata.namespace === namespace),
    ),
})

export const role = (name: string, rules: Json[], namespace?: string): KubeObject =>
  Object.assign({metadata: {name, ...(namespace === undefined ? {} : {namespace})}}, {rules})

export const binding = (
  name: string,
  roleRef: {kind: string; name: string},
  subjects: Json[],
  namespace?: string,
): KubeObject =>
  Object.assign({metadata: {name, ...(namespace === undefined ? {} : {namespace})}}, {roleRef, subjects})

export const bob: User = {name: 'bob', groups: ['devs', 'system:authenticated']}

/** `get pods/log ns/name` in short. */
export const asks = (
  verb: string,
  plural: string,
  where: {namespace?: string; name?: string; subresource?: string; group?: string} = {},
): Attributes => ({verb, path: '', resource: {group: '', version: 'v1', plural, ...where}})
