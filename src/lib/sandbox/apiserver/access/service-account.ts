import type {KubeObject, ResourceType} from '../../registry.ts'
import {nodes, pods, secrets, serviceAccounts} from '../../resources.ts'
import type {User} from '../kind.ts'
import {textAt} from '../kinds/fields.ts'
import {badRequest, conflict, notFound} from '../status.ts'
import type {RbacReader} from './resolver.ts'
import type {IssuedToken, TokenAuthority, TokenClaims} from './tokens.ts'

const uidOf = (object: KubeObject): string => object.metadata?.uid ?? ''

/** True while everything that the token is bound to is still there, and is the same. */
function isAlive(claims: TokenClaims, reader: RbacReader): boolean {
  const {namespace, serviceAccount, pod, secret, node} = claims
  const bound = [
    {type: serviceAccounts, ref: serviceAccount},
    {type: pods, ref: pod},
    {type: secrets, ref: secret},
    // A pod's node is only said, a token of its own is bound to it.
    {type: nodes, ref: pod === undefined ? node : undefined},
  ]
  return bound.every(({type, ref}) => {
    if (ref === undefined) return true
    const found = reader.get(type, type.namespaced ? namespace : undefined, ref.name)
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
  /** The token dies with this node. */
  boundNode?: {name: string; uid: string}
}

/** The object that a token shall be bound to, with its uid; throws where it is gone or another one. */
function requireBound(
  reader: RbacReader,
  type: ResourceType,
  namespace: string,
  ref: {name: string; uid: string},
): {name: string; uid: string; object: KubeObject} {
  const object = reader.get(type, type.namespaced ? namespace : undefined, ref.name)
  if (object === undefined) throw notFound(type, ref.name)
  const uid = uidOf(object)
  if (ref.uid !== '' && ref.uid !== uid) {
    const why =
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. ` +
      'The object might have been deleted and then recreated'
    throw conflict({group: '', plural: type.kind}, ref.name, why)
  }
  return {name: ref.name, uid, object}
}

function boundPod(reader: RbacReader, request: AccountTokenRequest): Partial<TokenClaims> {
  if (request.pod === undefined) return {}
  const {object, ...pod} = requireBound(reader, pods, request.namespace, request.pod)
  if (textAt(object, 'spec', 'serviceAccountName') !== request.serviceAccount) {
    const account = JSON.stringify(request.serviceAccount)
    throw badRequest(
      `cannot bind token for serviceaccount ${account} to pod running with different serviceaccount name.`,
    )
  }
  const name = textAt(object, 'spec', 'nodeName')
  if (name === '') return {pod}
  const node = reader.get(nodes, undefined, name)
  return {pod, node: node === undefined ? {name} : {name, uid: uidOf(node)}}
}

function boundClaims(reader: RbacReader, request: AccountTokenRequest): Partial<TokenClaims> {
  const require = (type: ResourceType, ref: {name: string; uid: string}) => {
    const {name, uid} = requireBound(reader, type, request.namespace, ref)
    return {name, uid}
  }
  const {secret, boundNode} = request
  return {
    ...boundPod(reader, request),
    ...(secret === undefined ? {} : {secret: require(secrets, secret)}),
    ...(boundNode === undefined ? {} : {node: require(nodes, boundNode)}),
  }
}

/**
 * What kubelets ask for in a pod's default token. Such a token is good for a year as long as its pod lives,
 * so that a client that never reads it again goes on working; its file is still renewed hourly.
 */
const renewedHourly = 3607
const yearSeconds = 365 * 24 * 3600

/** What the TokenRequest subresource does. Throws `StatusError` where there is no such ServiceAccount. */
export async function issueAccountToken(
  request: AccountTokenRequest,
  authority: TokenAuthority,
  reader: RbacReader,
): Promise<IssuedToken> {
  const {namespace, serviceAccount, expirationSeconds} = request
  const account = reader.get(serviceAccounts, namespace, serviceAccount)
  if (account === undefined) throw notFound(serviceAccounts, serviceAccount)
  const audiences = request.audiences.length === 0 ? [authority.issuer] : request.audiences
  const claims = {
    namespace,
    serviceAccount: {name: serviceAccount, uid: uidOf(account)},
    audiences,
    ...boundClaims(reader, request),
  }
  const isExtended =
    claims.pod !== undefined &&
    expirationSeconds === renewedHourly &&
    audiences.every(each => each === authority.issuer)
  return authority.sign(claims, expirationSeconds, isExtended ? yearSeconds : expirationSeconds)
}
