import type {KubeObject, ResourceType} from '../../registry.ts'
import type {JsonObject} from '../json.ts'
import type {StrategyContext} from '../kind.ts'
import {textAt} from '../kinds/fields.ts'
import {forbidden, notFound} from '../status.ts'
import {authorizeByRoles} from './authorizer.ts'
import {compact, describeRule, goList, uncovered} from './coverage.ts'
import {grantsOf, isMaster, roleOf} from './resolver.ts'
import {type PolicyRule, rulesOf} from './rules.ts'

const group = 'rbac.authorization.k8s.io'

function may(context: StrategyContext, verb: string, plural: string, where: JsonObject): boolean {
  const namespace = textAt(where, 'namespace')
  const name = textAt(where, 'name')
  const resource = {group, version: 'v1', plural, ...(namespace === '' ? {} : {namespace}), name}
  return authorizeByRoles(context, context.user, {verb, path: '', resource}).allowed
}

function refuseMore(
  type: ResourceType,
  object: JsonObject,
  wanted: readonly PolicyRule[],
  context: StrategyContext,
): void {
  const namespace = type.namespaced ? textAt(object, 'metadata', 'namespace') : undefined
  const held = [...grantsOf(context, context.user, namespace)].flatMap(grant =>
    'rule' in grant ? [grant.rule] : [],
  )
  const missing = compact(uncovered(held, wanted))
  if (missing.length === 0) return
  const {name, groups} = context.user
  const rights = missing.map(describeRule).sort().join('\n')
  throw forbidden(
    type,
    textAt(object, 'metadata', 'name'),
    `user ${JSON.stringify(name)} (groups=${goList(groups)}) is attempting to grant RBAC permissions not ` +
      `currently held:\n${rights}`,
  )
}

function checkBinding(type: ResourceType, object: JsonObject, context: StrategyContext): void {
  const namespace = textAt(object, 'metadata', 'namespace')
  const name = textAt(object, 'roleRef', 'name')
  const isCluster = textAt(object, 'roleRef', 'kind') === 'ClusterRole'
  const plural = isCluster ? 'clusterroles' : 'roles'
  if (may(context, 'bind', plural, {namespace: type.namespaced ? namespace : '', name})) return
  const role: KubeObject | undefined = roleOf(context, object, namespace)
  if (role === undefined) throw notFound({group, plural}, name)
  refuseMore(type, object, rulesOf(role), context)
}

/** Nobody gives away what they do not have, by a role or by a binding. Throws a 403. */
export function checkEscalation(type: ResourceType, object: JsonObject, context: StrategyContext): void {
  if (isMaster(context.user)) return
  if (type.plural.endsWith('bindings')) {
    checkBinding(type, object, context)
    return
  }
  const namespace = type.namespaced ? textAt(object, 'metadata', 'namespace') : ''
  const name = textAt(object, 'metadata', 'name')
  if (may(context, 'escalate', type.plural, {namespace, name})) return
  refuseMore(type, object, rulesOf(object), context)
}
