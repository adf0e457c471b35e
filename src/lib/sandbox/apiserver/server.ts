import {randomBytes, randomUUID} from 'node:crypto'
import type {IncomingMessage} from 'node:http'
import {createServer} from 'node:https'
import type {AddressInfo} from 'node:net'
import type {Registry} from '../registry.ts'
import {staticPaths} from './discovery/paths.ts'
import type {Authenticator, Authorizer, Handlers} from './http/hooks.ts'
import {serve} from './http/listener.ts'
import type {KindTable} from './kind.ts'
import {bindingHandler} from './pods/binding.ts'
import {evictionHandler} from './pods/eviction.ts'
import type {Backend} from './registry/backend.ts'
import {LocalRegistry} from './registry/registry.ts'
import {noDatabase, SqliteDatabase} from './storage/database.ts'
import {Store} from './storage/store.ts'

export interface ListenAddress {
  host: string
  /** 0 picks a free port. */
  port: number
}

export interface ApiServerOptions {
  kinds: KindTable
  /** The SQLite file; without it everything is gone when the process ends. */
  storagePath?: string
  /** PEM. `clientCa` signs the client certificates that the authenticator may then trust. */
  tls: {key: string; cert: string; clientCa?: string}
  /** The first address is the one in `url`. */
  addresses: readonly ListenAddress[]
  authenticator: Authenticator
  authorizer: Authorizer
  handlers: Handlers
  now?: () => Date
  /** Failures that are the server's own. */
  report?: (error: unknown) => void
  /** Sees every request first; may delay it, or throw a `StatusError`. For fault injection. */
  intercept?: (message: IncomingMessage) => void | Promise<void>
}

export interface ApiServer {
  /** The objects for the controllers; their writes are `kube-controller-manager`'s. */
  readonly registry: Registry
  /** The same objects under another field manager, such as `kubelet` or `kube-scheduler`. */
  registryAs(manager: string): Registry
  /** For handlers that write objects on behalf of a user. */
  readonly backend: Backend
  /** Of the first address, once it listens: `https://127.0.0.1:6443`. */
  readonly url: string
  listen(): Promise<void>
  close(): Promise<void>
}

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789'

/** Letters that make no words, as Kubernetes generates names. */
const randomSuffix = (length: number): string =>
  Array.from(randomBytes(length), byte => LETTERS[byte % LETTERS.length]).join('')

/**
 * The API server: objects, versions and watches over HTTPS. Usable through `registry` at once; `listen`
 * opens it to clients.
 */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const report = options.report ?? (error => console.error(error))
  const database = options.storagePath === undefined ? noDatabase : new SqliteDatabase(options.storagePath)
  const backend: Backend = {
    store: new Store(database, report),
    kinds: options.kinds,
    now: options.now ?? (() => new Date()),
    suffix: randomSuffix,
    uuid: randomUUID,
  }
  const handlers = withPodHandlers(backend, options.handlers)
  const closing = new AbortController()
  const {key, cert, clientCa} = options.tls
  const servers = options.addresses.map(() => {
    const server = createServer({
      key,
      cert,
      ...(clientCa === undefined ? {} : {ca: clientCa, requestCert: true, rejectUnauthorized: false}),
      // A watch or a followed log may stay open for as long as its client likes.
      requestTimeout: 0,
      keepAliveTimeout: 120_000,
    })
    serve(server, {
      backend,
      kinds: options.kinds,
      authenticate: options.authenticator,
      authorize: options.authorizer,
      handlers,
      serveStatic: staticPaths(options.kinds, handlers, () => addressOf(servers[0]?.address())),
      closing: closing.signal,
      report,
      ...(options.intercept === undefined ? {} : {intercept: options.intercept}),
    })
    return server
  })
  return {
    registry: new LocalRegistry(backend, 'kube-controller-manager'),
    registryAs: manager => new LocalRegistry(backend, manager),
    backend,
    get url() {
      return `https://${addressOf(servers[0]?.address())}`
    },
    async listen() {
      await Promise.all(
        options.addresses.map(({host, port}, index) => {
          const {promise, resolve, reject} = Promise.withResolvers<void>()
          servers[index]?.once('error', reject).listen(port, host, resolve)
          return promise
        }),
      )
    },
    async close() {
      closing.abort()
      await Promise.all(
        servers.map(server => {
          const {promise, resolve} = Promise.withResolvers<void>()
          server.close(() => resolve())
          server.closeAllConnections()
          return promise
        }),
      )
      backend.store.close()
    },
  }
}

/** Binding and eviction need nothing but the objects; what the caller brings comes first. */
function withPodHandlers(backend: Backend, given: Handlers): Handlers {
  const own = {group: '', plural: 'pods'}
  return {
    ...given,
    subresources: [
      ...given.subresources,
      {...own, subresource: 'binding', handle: bindingHandler(backend)},
      {...own, subresource: 'eviction', handle: evictionHandler(backend)},
    ],
  }
}

function addressOf(address: AddressInfo | string | null | undefined): string {
  if (address === null || address === undefined || typeof address === 'string') return '127.0.0.1:0'
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `${host}:${address.port}`
}
