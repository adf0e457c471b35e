import type {IncomingMessage} from 'node:http'
import type {User} from '../kind.ts'
import {badRequest} from '../status.ts'
import {mediaType, parseBody, readBody} from './body.ts'
import type {ApiRequest} from './hooks.ts'
import {attributesOf} from './route.ts'

/** One authenticated request with its path, query and what it wants. */
export function apiRequest(message: IncomingMessage, user: User, signal: AbortSignal): ApiRequest {
  const url = new URL(`https://localhost${message.url ?? '/'}`)
  const method = message.method ?? 'GET'
  return {
    method,
    path: url.pathname,
    query: url.searchParams,
    attributes: attributesOf(method, url.pathname, url.searchParams),
    user,
    message,
    signal,
    async body() {
      const bytes = await readBody(message)
      try {
        return parseBody(bytes, mediaType(message))
      } catch (error) {
        throw badRequest(`the body is not JSON: ${error instanceof Error ? error.message : String(error)}`)
      }
    },
  }
}
