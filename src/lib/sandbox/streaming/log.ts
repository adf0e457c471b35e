import {once} from 'node:events'
import type {ServerResponse} from 'node:http'
import type {ApiRequest} from '../apiserver/http/hooks.ts'
import {invalid} from '../apiserver/status.ts'
import type {LogRequest} from '../ports.ts'
import {containerOf, flagOf, podOf, type StreamingBackend} from './target.ts'

const logOptions = {group: '', kind: 'PodLogOptions'}

function refuse(field: string, value: string, why: string): never {
  throw invalid(logOptions, '', [
    {field, reason: 'FieldValueInvalid', message: `Invalid value: ${value}: ${why}`},
  ])
}

function numberOf(request: ApiRequest, name: string, least: number): number | undefined {
  const text = request.query.get(name)
  if (text === null || text === '') return undefined
  const value = Number(text)
  if (Number.isInteger(value) && value >= least) return value
  return refuse(name, text, `must be greater than or equal to ${least}`)
}

function timeOf(request: ApiRequest, name: string): Date | undefined {
  const text = request.query.get(name)
  if (text === null || text === '') return undefined
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? refuse(name, JSON.stringify(text), 'must be an RFC 3339 time') : time
}

function logRequest(request: ApiRequest, container: string): LogRequest {
  const tailLines = numberOf(request, 'tailLines', 0)
  const sinceSeconds = numberOf(request, 'sinceSeconds', 1)
  const sinceTime = timeOf(request, 'sinceTime')
  const limitBytes = numberOf(request, 'limitBytes', 1)
  return {
    container,
    follow: flagOf(request, 'follow'),
    previous: flagOf(request, 'previous'),
    timestamps: flagOf(request, 'timestamps'),
    signal: request.signal,
    ...(tailLines === undefined ? {} : {tailLines}),
    ...(sinceSeconds === undefined ? {} : {sinceSeconds}),
    ...(sinceTime === undefined ? {} : {sinceTime}),
    ...(limitBytes === undefined ? {} : {limitBytes}),
  }
}

/** `pods/log`: plain text, at once or as it comes. */
export async function handleLog(
  backend: StreamingBackend,
  request: ApiRequest,
  response: ServerResponse,
): Promise<undefined> {
  const pod = podOf(backend, request)
  const wanted = logRequest(request, containerOf(pod, request))
  const lines = backend.streams.logs(pod, wanted)[Symbol.asyncIterator]()
  // What fails fails here, before anything was promised. A followed log has no first line for a while.
  const first = lines.next()
  if (wanted.follow) await Promise.race([first, new Promise(resolve => setTimeout(resolve, 50))])
  else await first
  response.writeHead(200, {'content-type': 'text/plain'})
  response.flushHeaders()
  for (let next = await first; !next.done; next = await lines.next()) {
    if (response.destroyed) break
    if (!response.write(next.value)) await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
  await lines.return?.()
  response.end()
  return undefined
}
