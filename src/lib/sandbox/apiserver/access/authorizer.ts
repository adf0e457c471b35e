import type {Attributes, Authorizer, Verdict} from '../http/hooks.ts'
import type {User} from '../kind.ts'
import {grantsOf, isMaster, type RbacReader} from './resolver.ts'
import {ruleAllows} from './rules.ts'

/** Decides by roles and bindings. The reason names the binding that allows, or roles that are missing. */
export function authorizeByRoles(reader: RbacReader, user: User, attributes: Attributes): Verdict {
  if (isMaster(user)) return {allowed: true}
  const missing: string[] = []
  for (const grant of grantsOf(reader, user, attributes.resource?.namespace)) {
    if ('missing' in grant) missing.push(grant.missing)
    else if (ruleAllows(grant.rule, attributes)) {
      return {allowed: true, reason: `RBAC: allowed by ${grant.origin}`}
    }
  }
  if (missing.length === 0) return {allowed: false}
  const list = missing.length === 1 ? missing[0] : `[${missing.join(', ')}]`
  return {allowed: false, reason: `RBAC: ${list}`}
}

/** `reader` is asked anew each time, so that the server it reads from may come later. */
export const createAuthorizer =
  (reader: () => RbacReader): Authorizer =>
  (user, attributes) =>
    authorizeByRoles(reader(), user, attributes)
