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

/** The user name of a ServiceAccount that a binding names; undefined for other subjects. */
export function accountName(subject: unknown, bindingNamespace: string): string | undefined {
  if (textAt(subject, 'kind') !== 'ServiceAccount') return undefined
  const namespace = textAt(subject, 'namespace') || bindingNamespace
  return `${accountPrefix}${namespace}:${textAt(subject, 'name')}`
}

function isSubject(user: User, subject: unknown, bindingNamespace: string): boolean {
  const kind = textAt(subject, 'kind')
  const name = textAt(subject, 'name')
  if (kind === 'User') return user.name === name
  if (kind === 'Group') return user.groups.includes(name)
  return user.name === accountName(subject, bindingNamespace)
}

function subjectText(subject: unknown): string {
  const kind = textAt(subject, 'kind')
  const name = textAt(subject, 'name')
  return kind === 'ServiceAccount' ? `${kind} "${name}/${textAt(subject, 'namespace')}"` : `${kind} "${name}"`
}

/** Where a right comes from, in the words of a review's reason. */
export function originOf(type: ResourceType, binding: unknown, subject: unknown): string {
  const name = textAt(binding, 'metadata', 'name')
  const title = type.namespaced ? `${name}/${textAt(binding, 'metadata', 'namespace')}` : name
  const role = `${textAt(binding, 'roleRef', 'kind')} "${textAt(binding, 'roleRef', 'name')}"`
  return `${type.kind} "${title}" of ${role} to ${subjectText(subject)}`
}

/** What is said of a binding to a role that is not there. */
export const missingRole = (binding: unknown): string =>
  `${textAt(binding, 'roleRef', 'kind').toLowerCase()}.rbac.authorization.k8s.io ` +
  `${JSON.stringify(textAt(binding, 'roleRef', 'name'))} not found`

/** The role that a binding refers to. */
export function roleOf(
  reader: Pick<RbacReader, 'get'>,
  binding: unknown,
  namespace: string,
): KubeObject | undefined {
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
      const role = roleOf(reader, binding, own)
      if (role === undefined) {
        yield {missing: missingRole(binding)}
        continue
      }
      const origin = originOf(type, binding, subject)
      for (const rule of rulesOf(role)) yield {rule, origin}
    }
  }
}

/** Members of this group may do everything, whatever the roles say. */
export const isMaster = (user: User): boolean => user.groups.includes('system:masters')
