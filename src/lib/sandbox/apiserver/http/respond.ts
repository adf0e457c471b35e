import type {ServerResponse} from 'node:http'
import {StatusError} from '../../registry.ts'

export function statusObject(error: StatusError): Record<string, unknown> {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    ...(error.reason === '' ? {} : {reason: error.reason}),
    ...(error.details === undefined ? {} : {details: error.details}),
    code: error.code,
  }
}

/** Any failure as the Status that the client gets. */
export const asStatus = (error: unknown): StatusError =>
  error instanceof StatusError
    ? error
    : new StatusError(500, 'InternalError', error instanceof Error ? error.message : String(error))

export function sendText(response: ServerResponse, code: number, type: string, text: string): void {
  const bytes = Buffer.from(text)
  response.writeHead(code, {'content-type': type, 'content-length': bytes.length})
  response.end(bytes)
}

export function sendObject(response: ServerResponse, code: number, object: unknown): void {
  sendText(response, code, 'application/json', JSON.stringify(object))
}

export function sendError(response: ServerResponse, error: unknown): void {
  const status = asStatus(error)
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (status.code === 429) response.setHeader('Retry-After', '1')
  sendObject(response, status.code, statusObject(status))
}

/** Adds a `Warning: 299` header for each sentence. */
export function warn(response: ServerResponse, warnings: readonly string[]): void {
  if (warnings.length === 0) return
  const quoted = warnings.map(text => `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
  response.setHeader('Warning', quoted)
}
