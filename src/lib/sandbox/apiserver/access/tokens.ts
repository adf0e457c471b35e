import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from 'node:crypto'
import {errors, jwtVerify, SignJWT} from 'jose'
import {isObject} from '../json.ts'
import {textAt} from '../kinds/fields.ts'

/** What a ServiceAccount's token says and is bound to. */
export interface TokenClaims {
  namespace: string
  serviceAccount: {name: string; uid: string}
  /** The token dies with this pod. */
  pod?: {name: string; uid: string}
  /** The token dies with this Secret. */
  secret?: {name: string; uid: string}
  node?: {name: string; uid?: string}
  audiences: readonly string[]
  /** Names this one token. */
  id: string
}

export interface IssuedToken {
  token: string
  /** Milliseconds since the epoch. */
  expiresAt: number
}

/** Signs and reads the tokens of ServiceAccounts. */
export interface TokenAuthority {
  /** The audience of the API itself, and what signs. */
  readonly issuer: string
  /**
   * `expiresAt` is after `expirationSeconds`, when the token should be renewed; it is good for
   * `validSeconds`, by default no longer.
   */
  sign(
    claims: Omit<TokenClaims, 'id'>,
    expirationSeconds: number,
    validSeconds?: number,
  ): Promise<IssuedToken>
  /** `undefined` for anything that this authority did not sign, or that is over. */
  read(token: string): Promise<TokenClaims | undefined>
}

/** A new private key in PEM, to be kept with the sandbox's certificates. */
export const generateTokenKey = (): string =>
  generateKeyPairSync('ec', {namedCurve: 'P-256'})
    .privateKey.export({type: 'pkcs8', format: 'pem'})
    .toString()

const algorithmOf = (key: KeyObject): string => (key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256')

function referenceOf(value: unknown): {name: string; uid: string} | undefined {
  return isObject(value) ? {name: textAt(value, 'name'), uid: textAt(value, 'uid')} : undefined
}

function claimsOf(payload: Record<string, unknown>): TokenClaims | undefined {
  const bound = payload['kubernetes.io']
  const serviceAccount = referenceOf(isObject(bound) ? bound['serviceaccount'] : undefined)
  const namespace = textAt(bound, 'namespace')
  if (!isObject(bound) || serviceAccount === undefined || namespace === '') return undefined
  const audience = payload['aud']
  const pod = referenceOf(bound['pod'])
  const secret = referenceOf(bound['secret'])
  const node = referenceOf(bound['node'])
  return {
    namespace,
    serviceAccount,
    ...(pod === undefined ? {} : {pod}),
    ...(secret === undefined ? {} : {secret}),
    ...(node === undefined ? {} : {node}),
    audiences: [audience].flat().filter(each => typeof each === 'string'),
    id: textAt(payload, 'jti'),
  }
}

export interface TokenAuthorityOptions {
  /** PEM, RSA or P-256. */
  privateKey: string
  /** `https://kubernetes.default.svc.cluster.local` */
  issuer: string
  now(): Date
}

export function createTokenAuthority({privateKey, issuer, now}: TokenAuthorityOptions): TokenAuthority {
  const key = createPrivateKey(privateKey)
  const publicKey = createPublicKey(key)
  const alg = algorithmOf(key)
  const kid = createHash('sha256')
    .update(publicKey.export({type: 'spki', format: 'der'}))
    .digest('base64url')
  return {
    issuer,
    async sign(claims, expirationSeconds, validSeconds = expirationSeconds) {
      const issuedAt = Math.floor(now().getTime() / 1000)
      const expires = issuedAt + expirationSeconds
      const {namespace, serviceAccount, pod, secret, node, audiences} = claims
      const bound = {
        namespace,
        ...(node === undefined ? {} : {node}),
        ...(pod === undefined ? {} : {pod}),
        ...(secret === undefined ? {} : {secret}),
        serviceaccount: serviceAccount,
        ...(validSeconds > expirationSeconds ? {warnafter: expires} : {}),
      }
      const token = await new SignJWT({'kubernetes.io': bound})
        .setProtectedHeader({alg, kid})
        .setIssuer(issuer)
        .setSubject(`system:serviceaccount:${namespace}:${serviceAccount.name}`)
        .setAudience([...audiences])
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(issuedAt + validSeconds)
        .setJti(randomUUID())
        .sign(key)
      return {token, expiresAt: expires * 1000}
    },
    async read(token) {
      try {
        const {payload} = await jwtVerify(token, publicKey, {issuer, algorithms: [alg], currentDate: now()})
        return claimsOf(payload)
      } catch (cause) {
        if (cause instanceof errors.JOSEError) return undefined
        throw cause
      }
    },
  }
}
