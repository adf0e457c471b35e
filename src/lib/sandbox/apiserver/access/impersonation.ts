import type {IncomingHttpHeaders} from 'node:http'
import type {Authorizer} from '../http/hooks.ts'
import type {User} from '../kind.ts'
import {badRequest, forbidden} from '../status.ts'

const extraPrefix = 'impersonate-extra-'
const accountPattern = /^system:serviceaccount:([^:]+):([^:]+)$/

const listOf = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : [value].flat().flatMap(each => each.split(',').map(part => part.trim()))

interface Target {
  group: string
  plural: string
  subresource?: string
  namespace?: string
  name: string
}

const authentication = 'authentication.k8s.io'

function targetsOf(name: string, groups: readonly string[], headers: IncomingHttpHeaders): Target[] {
  const account = accountPattern.exec(name)
  const uid = headers['impersonate-uid']
  return [
    account
      ? {group: '', plural: 'serviceaccounts', namespace: account[1] ?? '', name: account[2] ?? ''}
      : {group: '', plural: 'users', name},
    ...groups.map(group => ({group: '', plural: 'groups', name: group})),
    ...(typeof uid === 'string' ? [{group: authentication, plural: 'uids', name: uid}] : []),
    ...Object.entries(extraOf(headers)).flatMap(([key, values]) =>
      values.map(value => ({group: authentication, plural: 'userextras', subresource: key, name: value})),
    ),
  ]
}

function extraOf(headers: IncomingHttpHeaders): Record<string, string[]> {
  const entries = Object.entries(headers)
    .filter(([key]) => key.startsWith(extraPrefix))
    .map(([key, value]) => [decodeURIComponent(key.slice(extraPrefix.length)), listOf(value)] as const)
  return Object.fromEntries(entries)
}

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

/** Groups that a user has by being who they are. */
function groupsOf(name: string, asked: readonly string[]): string[] {
  const account = accountPattern.exec(name)
  const own = account ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : []
  const groups = asked.length > 0 ? [...asked] : own
  const last = name === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated'
  return groups.includes(last) ? groups : [...groups, last]
}

/** The user that the `Impersonate-` headers ask for; throws a 403 where the real one may not. */
export function impersonated(headers: IncomingHttpHeaders, user: User, authorizer: Authorizer): User {
  const name = headers['impersonate-user']
  const groups = listOf(headers['impersonate-group'])
  if (typeof name !== 'string') {
    const others = groups.length > 0 || Object.keys(headers).some(key => key.startsWith(extraPrefix))
    if (others) throw badRequest('requested impersonation without impersonating a user')
    return user
  }
  for (const target of targetsOf(name, groups, headers)) requireAllowed(user, target, authorizer)
  const uid = headers['impersonate-uid']
  const extra = extraOf(headers)
  return {
    name,
    groups: groupsOf(name, groups),
    ...(typeof uid === 'string' ? {uid} : {}),
    ...(Object.keys(extra).length > 0 ? {extra} : {}),
  }
}
