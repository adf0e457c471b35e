import type {ServerResponse} from 'node:http'
import type {KubeObject} from '../../registry.ts'
import {StatusError} from '../../registry.ts'
import type {Kind} from '../kind.ts'
import type {Backend} from '../registry/backend.ts'
import {apiVersionOf, inVersion} from '../registry/backend.ts'
import {expired} from '../status.ts'
import type {StoreChange} from '../storage/store.ts'
import {resourceKey} from '../storage/store.ts'
import type {ApiRequest} from './hooks.ts'
import {filterOf} from './list.ts'
import {partialMetadata, representationOf, tableOf} from './representation.ts'
import {statusObject} from './respond.ts'
import {flag} from './route.ts'

const BOOKMARK_MS = 60_000
/** Between 30 and 60 minutes, as an API server chooses when the client does not. */
const DEFAULT_TIMEOUT_SECONDS = 2700
/** A client that does not read gets this much kept for it, then is cut off and must list again. */
const BACKLOG_LIMIT = 16 * 1024 * 1024

/**
 * Streams changes as JSON lines until the client leaves, the time is over, or the server closes. From a
 * version: what changed since; without one or from 0: first what is there.
 */
export function serveWatch(
  backend: Backend,
  kind: Kind,
  request: ApiRequest,
  response: ServerResponse,
): void {
  const {query, signal} = request
  const watch = new Watch(backend, kind, request, response)
  const version = startVersion(query)
  const initial = version === 0 || flag(query, 'sendInitialEvents')
  response.writeHead(200, {'content-type': 'application/json', 'cache-control': 'no-cache, private'})
  response.flushHeaders()
  const missed = initial ? [] : backend.store.since(version, resourceKey(kind))
  if (missed === undefined) {
    watch.fail(expired(version, backend.store.version))
    return
  }
  if (initial) watch.snapshot(flag(query, 'sendInitialEvents') && flag(query, 'allowWatchBookmarks'))
  for (const change of missed) watch.deliver(change)
  const unsubscribe = backend.store.subscribe(resourceKey(kind), change => watch.deliver(change))
  const timers = schedule(watch, query)
  const stop = (): void => {
    unsubscribe()
    for (const timer of timers) clearTimeout(timer)
    response.end()
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, {once: true})
  response.once('close', stop)
}

function startVersion(query: URLSearchParams): number {
  const text = query.get('resourceVersion') ?? ''
  if (text === '') return 0
  if (/^\d+$/.test(text)) return Number(text)
  const why = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`
  throw new StatusError(500, '', `resourceVersion: Invalid value: ${JSON.stringify(text)}: ${why}`)
}

function schedule(watch: Watch, query: URLSearchParams): NodeJS.Timeout[] {
  const asked = Number(query.get('timeoutSeconds') ?? 0)
  const seconds = asked > 0 ? asked : DEFAULT_TIMEOUT_SECONDS * (0.7 + Math.random() * 0.6)
  const timers = [setTimeout(() => watch.end(), seconds * 1000)]
  if (flag(query, 'allowWatchBookmarks')) timers.push(setInterval(() => watch.bookmark(false), BOOKMARK_MS))
  for (const timer of timers) timer.unref()
  return timers
}

class Watch {
  readonly #backend: Backend
  readonly #kind: Kind
  readonly #response: ServerResponse
  readonly #namespace: string | undefined
  readonly #wants: (object: KubeObject) => boolean
  readonly #text: (object: KubeObject) => string

  constructor(backend: Backend, kind: Kind, request: ApiRequest, response: ServerResponse) {
    this.#backend = backend
    this.#kind = kind
    this.#response = response
    this.#namespace = kind.namespaced ? request.attributes.resource?.namespace : undefined
    this.#wants = filterOf(kind, request.query) ?? (() => true)
    this.#text = textOf(backend, kind, request)
  }

  snapshot(endMarked: boolean): void {
    for (const object of this.#backend.store.list(resourceKey(this.#kind), this.#namespace)) {
      if (this.#wants(object)) this.#send('ADDED', object)
    }
    if (endMarked) this.bookmark(true)
  }

  /** A change as this watch sees it: what no longer matches its selectors is deleted, as far as it knows. */
  deliver({type, object, previous}: StoreChange): void {
    if (this.#namespace !== undefined && object.metadata?.namespace !== this.#namespace) return
    const before = previous !== undefined && this.#wants(previous)
    const after = type !== 'DELETED' && this.#wants(object)
    if (after) {
      this.#send(before ? 'MODIFIED' : 'ADDED', object)
    } else if (before) {
      const metadata = {...previous.metadata, resourceVersion: object.metadata?.resourceVersion ?? ''}
      this.#send('DELETED', type === 'DELETED' ? object : {...previous, metadata})
    }
  }

  bookmark(initialEnd: boolean): void {
    const annotations = initialEnd ? {annotations: {'k8s.io/initial-events-end': 'true'}} : {}
    const object = {
      kind: this.#kind.kind,
      apiVersion: apiVersionOf(this.#kind),
      metadata: {
        resourceVersion: String(this.#backend.store.version),
        creationTimestamp: null,
        ...annotations,
      },
    }
    this.#write(`{"type":"BOOKMARK","object":${JSON.stringify(object)}}\n`)
  }

  fail(error: StatusError): void {
    this.#write(`{"type":"ERROR","object":${JSON.stringify(statusObject(error))}}\n`)
    this.end()
  }

  end(): void {
    this.#response.end()
  }

  #send(type: string, object: KubeObject): void {
    this.#write(`{"type":"${type}","object":${this.#text(object)}}\n`)
  }

  #write(line: string): void {
    if (this.#response.writableEnded || this.#response.destroyed) return
    if (this.#response.writableLength > BACKLOG_LIMIT) this.#response.destroy()
    else this.#response.write(line)
  }
}

/** How one object is written in the representation that the client accepts. */
function textOf(backend: Backend, kind: Kind, request: ApiRequest): (object: KubeObject) => string {
  const representation = representationOf(request.message.headers.accept)
  if (representation === 'metadata') return object => JSON.stringify(partialMetadata(object))
  if (representation === 'object') return object => backend.store.encode(inVersion(object, kind))
  const include = request.query.get('includeObject') ?? 'Metadata'
  let first = true
  return object => {
    const resourceVersion = object.metadata?.resourceVersion ?? ''
    const options = {now: backend.now(), include, metadata: {resourceVersion}, withColumns: first}
    first = false
    return JSON.stringify(tableOf(kind, [object], options))
  }
}
