import type {IncomingMessage} from 'node:http'
import {text} from 'node:stream/consumers'
import type {KindRef, KubeObject, ListOptions} from '../ports.ts'
import {isRecord} from '../record.ts'
import {type Api, isKubeObject} from './api.ts'
import {statusError} from './failure.ts'
import {listCall} from './read.ts'
import {open} from './request.ts'

/** The API no longer knows the version that the watch wanted to continue from: list again. */
export class Expired extends Error {}

export interface Told {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  object: KubeObject
}

const isTold = (event: unknown): event is Told =>
  isRecord(event) &&
  isKubeObject(event['object']) &&
  (event['type'] === 'ADDED' ||
    event['type'] === 'MODIFIED' ||
    event['type'] === 'DELETED' ||
    event['type'] === 'BOOKMARK')

/** Splits a stream of JSON lines, as they arrive. */
async function* linesOf(stream: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  stream.setEncoding('utf8')
  for await (const chunk of stream) {
    const lines = `${rest}${String(chunk)}`.split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter(line => line !== '')
  }
}

export interface StreamRequest {
  kind: KindRef
  options: ListOptions
  resourceVersion: string
  /** The API ends the stream after this. */
  timeoutSeconds: number
  signal: AbortSignal
}

/** Hands on what the API tells, until it ends the stream. Throws when the stream breaks or is refused. */
export async function streamChanges(
  api: Api,
  request: StreamRequest,
  told: (event: Told) => void,
): Promise<void> {
  const {kind, options, resourceVersion, timeoutSeconds, signal} = request
  const call = await listCall(api, kind, options)
  const asked = {...call.asked, verb: 'watch'}
  const query = {
    ...call.query,
    watch: 'true',
    resourceVersion,
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(timeoutSeconds),
  }
  const stream = await open(api.connection, {...call, query, signal})
  const status = stream.statusCode ?? 0
  if (status === 410) {
    stream.resume()
    throw new Expired()
  }
  if (status !== 200) throw statusError(api.connection, asked, status, await text(stream))
  for await (const line of linesOf(stream)) {
    const event: unknown = JSON.parse(line)
    if (isTold(event)) {
      told(event)
      continue
    }
    const failure = isRecord(event) && isRecord(event['object']) ? event['object'] : {}
    if (failure['code'] === 410) throw new Expired()
    const code = typeof failure['code'] === 'number' ? failure['code'] : 500
    throw statusError(api.connection, asked, code, JSON.stringify(failure))
  }
}
