import type {IncomingMessage, ServerResponse} from 'node:http'
import type {Duplex} from 'node:stream'
import type {User} from '../kind.ts'

/** Finds out who asks: by client certificate or bearer token. `undefined` is answered with 401. */
export type Authenticator = (request: IncomingMessage) => User | undefined | Promise<User | undefined>

/** What somebody wants to do, in RBAC's words. */
export interface Attributes {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; else the method in lower case. */
  verb: string
  /** Absent for paths that are no resource (`/healthz`): then only verb and path count. */
  resource?: {
    group: string
    version: string
    plural: string
    subresource?: string
    namespace?: string
    name?: string
  }
  path: string
}

export interface Verdict {
  allowed: boolean
  /** Appended to the 403's sentence where present. */
  reason?: string
}

export type Authorizer = (user: User, attributes: Attributes) => Verdict

/** A parsed request as handlers see it. */
export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly attributes: Attributes
  readonly user: User
  readonly message: IncomingMessage
  /** Aborted when the client is gone or the server closes. */
  readonly signal: AbortSignal
  /** The parsed JSON or YAML body; `undefined` when empty. */
  body(): Promise<unknown>
}

/** An object to send as JSON. A handler that wrote the response by itself returns undefined. */
export interface Answer {
  status: number
  object: unknown
}

export type RequestHandler = (
  request: ApiRequest,
  response: ServerResponse,
) => Answer | undefined | Promise<Answer | undefined>

/** Takes over the connection of a WebSocket handshake; `head` is what the client sent beyond it. */
export type UpgradeHandler = (request: ApiRequest, socket: Duplex, head: Buffer) => void | Promise<void>

/** A subresource that is not plain data, such as `pods/exec`. */
export interface SubresourceHandler {
  group: string
  plural: string
  subresource: string
  handle?: RequestHandler
  upgrade?: UpgradeHandler
}

/** A resource that only takes questions, such as `selfsubjectaccessreviews`. */
export interface CreateOnlyResource {
  group: string
  version: string
  plural: string
  singular: string
  kind: string
  namespaced: boolean
  create: RequestHandler
}

export interface Handlers {
  subresources: readonly SubresourceHandler[]
  createOnly: readonly CreateOnlyResource[]
}
