import type {IncomingMessage} from 'node:http'
import type {Authorizer} from '../http/hooks.ts'
import type {User} from '../kind.ts'
import {forbidden, internalError} from '../status.ts'

const extraPrefix = 'impersonate-extra-'
const accountPattern = /^system:serviceaccount:([^:]+):([^:]+)$/

/** Header fields by lower-case name, each line of its own: a group's name may hold a comma. */
type Headers = IncomingMessage['headersDistinct']

interface Target {
  group: string
  plural: string
  subresource?: string
  namespace?: string
  name: string
}

interface Wanted {
  name: string
  groups: readonly string[]
  uid: string | undefined
  extra: Record<string, string[]>
}

const authentication = 'authentication.k8s.io'

function targetsOf({name, groups, uid, extra}: Wanted): Target[] {
  const account = accountPattern.exec(name)
  return [
    account
      ? {group: '', plural: 'serviceaccounts', namespace: account[1] ?? '', name: account[2] ?? ''}
      : {group: '', plural: 'users', name},
    ...groups.map(group => ({group: '', plural: 'groups', name: group})),
    ...(uid === undefined ? [] : [{group: authentication, plural: 'uids', name: uid}]),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map(value => ({group: authentication, plural: 'userextras', subresource: key, name: value})),
    ),
  ]
}

/** A key that is not well escaped stands for itself. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

const extraOf = (headers: Headers): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([key]) => key.startsWith(extraPrefix))
      .map(([key, values]) => [unescaped(key.slice(extraPrefix.length)), values ?? []]),
  )

function requireAllowed(user: User, target: Target, authorizer: Authorizer): void {
  const {name, ...resource} = target
  const verdict = authorizer(user, {
    verb: 'impersonate',
    path: '',
    resource: {...resource, version: 'v1', name},
  })
  if (verdict.allowed) return
  const what =
    resource.subresource === undefined ? resource.plural : `${resource.plural}/${resource.subresource}`
  const where =
    resource.namespace === undefined
      ? 'at the cluster scope'
      : `in the namespace ${JSON.stringify(resource.namespace)}`
  throw forbidden(
    resource,
    name,
    `User ${JSON.stringify(user.name)} cannot impersonate resource ${JSON.stringify(what)} in API group ` +
      `${JSON.stringify(resource.group)} ${where}`,
  )
}

/** Groups that a user has by being who they are, besides those that were asked for. */
function groupsOf(name: string, asked: readonly string[]): string[] {
  const account = accountPattern.exec(name)
  const own = account ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : []
  const groups = asked.length > 0 ? [...asked] : own
  if (groups.includes('system:unauthenticated')) return groups
  const last = name === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated'
  return groups.includes(last) ? groups : [...groups, last]
}

/** The user that the `Impersonate-` headers ask for; throws a 403 where the real one may not. */
export function impersonated(headers: Headers, user: User, authorizer: Authorizer): User {
  const name = headers['impersonate-user']?.[0] ?? ''
  const groups = headers['impersonate-group'] ?? []
  const uid = headers['impersonate-uid']?.[0]
  const extra = extraOf(headers)
  if (name === '') {
    const others = groups.length > 0 || uid !== undefined || Object.keys(extra).length > 0
    if (others) throw internalError('requested impersonation of groups, a uid or extras without a user')
    return user
  }
  for (const target of targetsOf({name, groups, uid, extra})) requireAllowed(user, target, authorizer)
  return {
    name,
    groups: groupsOf(name, groups),
    ...(uid === undefined ? {} : {uid}),
    ...(Object.keys(extra).length > 0 ? {extra} : {}),
  }
}
