import type {Registry} from '../../registry.ts'
import type {Authenticator, Authorizer, Handlers} from '../http/hooks.ts'
import {createAuthenticator, type StaticToken} from './authenticator.ts'
import {createAuthorizer} from './authorizer.ts'
import {BindingIndex} from './binding-index.ts'
import {readerOf} from './resolver.ts'
import {reviews} from './reviews.ts'
import {type AccountTokenRequest, issueAccountToken} from './service-account.ts'
import {tokenRequestHandler} from './token-request.ts'
import {createTokenAuthority, type IssuedToken, type TokenAuthority} from './tokens.ts'

export interface AccessOptions {
  /** PEM of the key that signs ServiceAccount tokens; `generateTokenKey` makes one. */
  tokenKey: string
  /** `https://kubernetes.default.svc.cluster.local`, the issuer and audience of tokens. */
  issuer: string
  /** Read on each use, since the API server that has the registry is made with this. */
  registry: () => Registry
  now(): Date
  staticTokens?: readonly StaticToken[]
}

/** Everything about who asks and what they may do. */
export interface Access {
  authenticator: Authenticator
  authorizer: Authorizer
  handlers: Handlers
  authority: TokenAuthority
  /** For nodes: the tokens that pods' volumes ask for. */
  issueToken(request: AccountTokenRequest): Promise<IssuedToken>
}

export function createAccess({tokenKey, issuer, registry, now, staticTokens}: AccessOptions): Access {
  const reader = () => readerOf(registry())
  const authority = createTokenAuthority({privateKey: tokenKey, issuer, now})
  let index: BindingIndex | undefined
  const authorizer = createAuthorizer(() => {
    index ??= new BindingIndex(registry())
    return index
  })
  const authenticator = createAuthenticator({
    authority,
    reader,
    authorizer,
    ...(staticTokens === undefined ? {} : {staticTokens}),
  })
  return {
    authenticator,
    authorizer,
    authority,
    handlers: {
      subresources: [tokenRequestHandler(authority, reader)],
      createOnly: reviews({reader, authorizer, authority}),
    },
    issueToken: request => issueAccountToken(request, authority, reader()),
  }
}
