import {serviceAccounts} from '../../resources.ts'
import type {SubresourceHandler} from '../http/hooks.ts'
import {isObject} from '../json.ts'
import {at, numberAt, objectAt, textAt, textsAt} from '../kinds/fields.ts'
import {invalid} from '../kinds/problems.ts'
import {badRequest, invalid as invalidObject} from '../status.ts'
import type {RbacReader} from './resolver.ts'
import {type AccountTokenRequest, issueAccountToken} from './service-account.ts'
import type {TokenAuthority} from './tokens.ts'

const kind = {group: 'authentication.k8s.io', kind: 'TokenRequest'}

function boundObject(spec: unknown): Pick<AccountTokenRequest, 'pod' | 'secret' | 'boundNode'> {
  const ref = at(spec, 'boundObjectRef')
  if (!isObject(ref)) return {}
  const bound = {name: textAt(ref, 'name'), uid: textAt(ref, 'uid')}
  const version = textAt(ref, 'apiVersion')
  const type = textAt(ref, 'kind')
  if (version === 'v1' && type === 'Pod') return {pod: bound}
  if (version === 'v1' && type === 'Secret') return {secret: bound}
  if (version === 'v1' && type === 'Node') return {boundNode: bound}
  const [group, own] = version.includes('/') ? version.split('/') : ['', version]
  throw badRequest(`cannot bind token to object of type ${group}/${own}, Kind=${type}`)
}

const leastSeconds = 600
const mostSeconds = 2 ** 32

function requireDuration(seconds: number): void {
  const wrong =
    seconds < leastSeconds
      ? 'may not specify a duration less than 10 minutes'
      : seconds > mostSeconds
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined
  if (wrong === undefined) return
  throw invalidObject(kind, '', [invalid('spec.expirationSeconds', seconds, wrong)])
}

/** `POST …/serviceaccounts/NAME/token`: a token for this account, possibly bound to a pod or Secret. */
export function tokenRequestHandler(authority: TokenAuthority, reader: () => RbacReader): SubresourceHandler {
  return {
    group: '',
    plural: serviceAccounts.plural,
    subresource: 'token',
    async handle(request) {
      if (request.method !== 'POST') throw badRequest('tokens are only ever created')
      const body = await request.body()
      if (!isObject(body)) throw badRequest('the body of a TokenRequest is an object')
      const {namespace = '', name = ''} = request.attributes.resource ?? {}
      const spec = objectAt(body, 'spec')
      const expirationSeconds = numberAt(spec, 'expirationSeconds') ?? 3600
      requireDuration(expirationSeconds)
      const asked = textsAt(spec, 'audiences')
      const audiences = asked.length > 0 ? asked : [authority.issuer]
      const {token, expiresAt} = await issueAccountToken(
        {namespace, serviceAccount: name, audiences, expirationSeconds, ...boundObject(spec)},
        authority,
        reader(),
      )
      const expirationTimestamp = `${new Date(expiresAt).toISOString().slice(0, 19)}Z`
      return {
        status: 201,
        object: {
          kind: 'TokenRequest',
          apiVersion: 'authentication.k8s.io/v1',
          metadata: {name, namespace},
          spec: {audiences, expirationSeconds, boundObjectRef: at(spec, 'boundObjectRef') ?? null},
          status: {token, expirationTimestamp},
        },
      }
    },
  }
}
