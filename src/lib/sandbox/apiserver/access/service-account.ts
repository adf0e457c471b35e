import type {KubeObject} from '../../registry.ts'
import {nodes, pods, secrets, serviceAccounts} from '../../resources.ts'
import type {User} from '../kind.ts'
import {textAt} from '../kinds/fields.ts'
import {badRequest, conflict, notFound} from '../status.ts'
import type {RbacReader} from './resolver.ts'
import type {IssuedToken, TokenAuthority, TokenClaims} from './tokens.ts'

const uidOf = (object: KubeObject): string => object.metadata?.uid ?? ''

/** True while everything that the token is bound to is still there, and is the same. */
function isAlive(claims: TokenClaims, reader: RbacReader): boolean {
  const {namespace, serviceAccount, pod, secret} = claims
  const bound = [
    {type: serviceAccounts, ref: serviceAccount},
    {type: pods, ref: pod},
    {type: secrets, ref: secret},
  ]
  return bound.every(({type, ref}) => {
    if (ref === undefined) return true
    const found = reader.get(type, namespace, ref.name)
    return found !== undefined && uidOf(found) === ref.uid
  })
}

/** The user behind a ServiceAccount's token, or undefined where the token is not good for these audiences. */
export async function userOfToken(
  token: string,
  authority: TokenAuthority,
  reader: RbacReader,
  audiences: readonly string[] = [authority.issuer],
): Promise<{user: User; audiences: string[]} | undefined> {
  const claims = await authority.read(token)
  if (claims === undefined || !isAlive(claims, reader)) return undefined
  const shared = claims.audiences.filter(each => audiences.includes(each))
  if (shared.length === 0) return undefined
  const {namespace, serviceAccount, pod, node} = claims
  const about = 'authentication.kubernetes.io'
  const user: User = {
    name: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    uid: serviceAccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      [`${about}/credential-id`]: [`JTI=${claims.id}`],
      ...(node === undefined ? {} : {[`${about}/node-name`]: [node.name]}),
      ...(node?.uid ? {[`${about}/node-uid`]: [node.uid]} : {}),
      ...(pod === undefined ? {} : {[`${about}/pod-name`]: [pod.name], [`${about}/pod-uid`]: [pod.uid]}),
    },
  }
  return {user, audiences: shared}
}

export interface AccountTokenRequest {
  namespace: string
  serviceAccount: string
  /** Empty for the API server itself. */
  audiences: readonly string[]
  expirationSeconds: number
  /** The token dies with this pod. */
  pod?: {name: string; uid: string}
  secret?: {name: string; uid: string}
  /** Where the pod runs; '' when that is not known. */
  node?: string
}

function requireBound(
  reader: RbacReader,
  type: typeof pods | typeof secrets,
  namespace: string,
  ref: {name: string; uid: string},
): {name: string; uid: string} {
  const found = reader.get(type, namespace, ref.name)
  if (found === undefined) throw notFound(type, ref.name)
  const uid = uidOf(found)
  if (ref.uid !== '' && ref.uid !== uid) {
    const why = `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`
    throw conflict(type, ref.name, why)
  }
  return {name: ref.name, uid}
}

const leastSeconds = 600
const mostSeconds = 2 ** 32

/** What the TokenRequest subresource does. Throws `StatusError` where there is no such ServiceAccount. */
export async function issueAccountToken(
  request: AccountTokenRequest,
  authority: TokenAuthority,
  reader: RbacReader,
): Promise<IssuedToken> {
  const {namespace, serviceAccount, audiences, expirationSeconds} = request
  const account = reader.get(serviceAccounts, namespace, serviceAccount)
  if (account === undefined) throw notFound(serviceAccounts, serviceAccount)
  if (expirationSeconds < leastSeconds || expirationSeconds > mostSeconds) {
    throw badRequest(`may not specify a duration of less than 10 minutes or more than 2^32 seconds`)
  }
  const pod = request.pod && requireBound(reader, pods, namespace, request.pod)
  const secret = request.secret && requireBound(reader, secrets, namespace, request.secret)
  const nodeName = request.node || textAt(pod && reader.get(pods, namespace, pod.name), 'spec', 'nodeName')
  const node = nodeName === '' ? undefined : reader.get(nodes, undefined, nodeName)
  return authority.sign(
    {
      namespace,
      serviceAccount: {name: serviceAccount, uid: uidOf(account)},
      audiences: audiences.length === 0 ? [authority.issuer] : audiences,
      ...(pod === undefined ? {} : {pod}),
      ...(secret === undefined ? {} : {secret}),
      ...(node === undefined ? {} : {node: {name: nodeName, uid: uidOf(node)}}),
    },
    expirationSeconds,
  )
}
