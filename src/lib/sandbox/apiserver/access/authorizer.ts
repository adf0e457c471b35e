import type {Attributes, Authorizer, Verdict} from '../http/hooks.ts'
import type {User} from '../kind.ts'
import type {BindingIndex} from './binding-index.ts'
import {type Grant, grantsOf, isMaster, type RbacReader} from './resolver.ts'
import {ruleAllows} from './rules.ts'

/** The reason names the binding that allows, or roles that are missing. */
function judge(grants: Iterable<Grant | {missing: string}>, attributes: Attributes): Verdict {
  const missing = new Set<string>()
  for (const grant of grants) {
    if ('missing' in grant) missing.add(grant.missing)
    else if (ruleAllows(grant.rule, attributes)) {
      return {allowed: true, reason: `RBAC: allowed by ${grant.origin}`}
    }
  }
  if (missing.size === 0) return {allowed: false}
  const list = [...missing].join(', ')
  return {allowed: false, reason: `RBAC: ${missing.size === 1 ? list : `[${list}]`}`}
}

/** Decides by roles and bindings as they are at this very moment. */
export const authorizeByRoles = (reader: RbacReader, user: User, attributes: Attributes): Verdict =>
  isMaster(user) ? {allowed: true} : judge(grantsOf(reader, user, attributes.resource?.namespace), attributes)

/** Decides about requests. `index` is asked anew each time, so that what it reads from may come later. */
export const createAuthorizer =
  (index: () => BindingIndex): Authorizer =>
  (user, attributes) =>
    isMaster(user)
      ? {allowed: true}
      : judge(index().grantsOf(user, attributes.resource?.namespace), attributes)
