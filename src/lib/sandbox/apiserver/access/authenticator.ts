import {timingSafeEqual} from 'node:crypto'
import type {IncomingMessage} from 'node:http'
import {TLSSocket} from 'node:tls'
import type {Authenticator, Authorizer} from '../http/hooks.ts'
import type {User} from '../kind.ts'
import {impersonated} from './impersonation.ts'
import type {RbacReader} from './resolver.ts'
import {userOfToken} from './service-account.ts'
import type {TokenAuthority} from './tokens.ts'

const anonymous: User = {name: 'system:anonymous', groups: ['system:unauthenticated']}

const texts = (value: unknown): string[] => [value].flat().filter(each => typeof each === 'string')

/** Who a client certificate names: its CN is the user, each O a group. The TLS layer verified it. */
export function userOfCertificate(subject: {CN?: unknown; O?: unknown}): User | undefined {
  const [name] = texts(subject.CN)
  if (name === undefined || name === '') return undefined
  return {name, groups: [...new Set([...texts(subject.O), 'system:authenticated'])]}
}

/** Remembers by connection who its certificate names: reading one costs more than all else here. */
class Connections {
  readonly #users = new WeakMap<TLSSocket, User | 'nobody'>()

  userOf({socket}: IncomingMessage): User | undefined {
    if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined
    const known = this.#users.get(socket)
    if (known !== undefined) return known === 'nobody' ? undefined : known
    const {subject} = socket.getPeerCertificate()
    // A client without a certificate has an empty one here, without a subject.
    const user = subject === undefined ? undefined : userOfCertificate(subject)
    this.#users.set(socket, user ?? 'nobody')
    return user
  }
}

/** The token of an `Authorization: Bearer` header, or of a browser's WebSocket protocol. */
function bearerToken({headers}: IncomingMessage): string | undefined {
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  if (given !== undefined) return given
  const prefix = 'base64url.bearer.authorization.k8s.io.'
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map(each => each.trim())
  const encoded = protocols.find(each => each.startsWith(prefix))?.slice(prefix.length)
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64url').toString()
}

export interface StaticToken {
  token: string
  user: User
}

function staticUser(token: string, known: readonly StaticToken[]): User | undefined {
  const given = Buffer.from(token)
  return known.find(each => {
    const wanted = Buffer.from(each.token)
    return wanted.length === given.length && timingSafeEqual(wanted, given)
  })?.user
}

export interface AuthenticatorOptions {
  authority: TokenAuthority
  reader: () => RbacReader
  /** Asked whether somebody may act as somebody else. */
  authorizer: Authorizer
  staticTokens?: readonly StaticToken[]
}

/** By client certificate, ServiceAccount token or static token; without any of them, anonymous. */
export function createAuthenticator({
  authority,
  reader,
  authorizer,
  staticTokens = [],
}: AuthenticatorOptions): Authenticator {
  const connections = new Connections()
  const userOf = async (message: IncomingMessage): Promise<User | undefined> => {
    const byCertificate = connections.userOf(message)
    if (byCertificate !== undefined) return byCertificate
    const token = bearerToken(message)
    if (token === undefined) return anonymous
    return staticUser(token, staticTokens) ?? (await userOfToken(token, authority, reader()))?.user
  }
  return async message => {
    const user = await userOf(message)
    return user === undefined ? undefined : impersonated(message.headersDistinct, user, authorizer)
  }
}
