import type {KubeObject, Registry, ResourceType} from '../../registry.ts'
import {clusterRoleBindings, clusterRoles, roleBindings, roles} from '../../resources.ts'
import type {User} from '../kind.ts'
import {listAt, textAt} from '../kinds/fields.ts'
import {type PolicyRule, rulesOf} from './rules.ts'

/** Where roles and bindings are read from. */
export interface RbacReader {
  get(type: ResourceType, namespace: string | undefined, name: string): KubeObject | undefined
  list(type: ResourceType, namespace?: string): KubeObject[]
}

export const readerOf = (registry: Registry): RbacReader => ({
  get: (type, namespace, name) => registry.get(type, namespace, name),
  list: (type, namespace) => registry.list(type, namespace === undefined ? {} : {namespace}),
})

export interface Grant {
  rule: PolicyRule
  /** `RoleBinding "rb/ns" of Role "r" to User "bob"` */
  origin: string
}

const accountPrefix = 'system:serviceaccount:'

function isSubject(user: User, subject: unknown, bindingNamespace: string): boolean {
  const kind = textAt(subject, 'kind')
  const name = textAt(subject, 'name')
  if (kind === 'User') return user.name === name
  if (kind === 'Group') return user.groups.includes(name)
  const namespace = textAt(subject, 'namespace') || bindingNamespace
  return kind === 'ServiceAccount' && user.name === `${accountPrefix}${namespace}:${name}`
}

function subjectText(subject: unknown): string {
  const kind = textAt(subject, 'kind')
  const name = textAt(subject, 'name')
  return kind === 'ServiceAccount' ? `${kind} "${name}/${textAt(subject, 'namespace')}"` : `${kind} "${name}"`
}

/** The role that a binding refers to. */
export function roleOf(reader: RbacReader, binding: unknown, namespace: string): KubeObject | undefined {
  const name = textAt(binding, 'roleRef', 'name')
  return textAt(binding, 'roleRef', 'kind') === 'ClusterRole'
    ? reader.get(clusterRoles, undefined, name)
    : reader.get(roles, namespace, name)
}

/** Everything that a user may do cluster-wide and, with a namespace, in it; most general first. */
export function* grantsOf(
  reader: RbacReader,
  user: User,
  namespace: string | undefined,
): Generator<Grant | {missing: string}> {
  for (const type of [clusterRoleBindings, roleBindings]) {
    if (type.namespaced && namespace === undefined) continue
    const own = type.namespaced ? (namespace ?? '') : ''
    for (const binding of reader.list(type, type.namespaced ? own : undefined)) {
      const subject = listAt(binding, 'subjects').find(each => isSubject(user, each, own))
      if (subject === undefined) continue
      const kind = textAt(binding, 'roleRef', 'kind')
      const roleName = textAt(binding, 'roleRef', 'name')
      const role = roleOf(reader, binding, own)
      if (role === undefined) {
        yield {
          missing: `${kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(roleName)} not found`,
        }
        continue
      }
      const name = textAt(binding, 'metadata', 'name')
      const title = type.namespaced ? `${name}/${own}` : name
      const origin = `${type.kind} "${title}" of ${kind} "${roleName}" to ${subjectText(subject)}`
      for (const rule of rulesOf(role)) yield {rule, origin}
    }
  }
}

/** Members of this group may do everything, whatever the roles say. */
export const isMaster = (user: User): boolean => user.groups.includes('system:masters')
