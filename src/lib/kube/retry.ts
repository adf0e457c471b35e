import type {Clock} from '../ports.ts'
import {statusOf} from './failure.ts'
import type {KubeResponse} from './request.ts'

const attempts = 5
const longestWaitMilliseconds = 10_000

/** How long to wait before asking again, in milliseconds; undefined where asking again cannot help. */
function waitAfter(response: KubeResponse, attempt: number): number | undefined {
  const {status, headers} = response
  const told = Number(
    headers['retry-after'] ?? statusOf(response.body).details.retryAfterSeconds ?? Number.NaN,
  )
  const busy = status === 429 || status === 503
  // Other 5xx are worth another try only where the server itself says so, or a proxy before it failed.
  if (!busy && status !== 502 && status !== 504 && !(status >= 500 && Number.isFinite(told))) return undefined
  const backOff = 250 * 2 ** attempt
  return Math.min(Number.isFinite(told) ? told * 1000 : backOff, longestWaitMilliseconds)
}

const dropped = (error: unknown): boolean =>
  error instanceof Error &&
  error.cause instanceof Error &&
  'code' in error.cause &&
  (error.cause.code === 'ECONNRESET' || error.cause.code === 'EPIPE')

export interface RetryOptions {
  clock: Clock
  /** True where sending the request twice does no more than sending it once. */
  repeatable: boolean
  signal?: AbortSignal
}

/** Sends until the API is neither busy nor gone for a moment; hands back the last answer either way. */
export async function withRetry(
  sendOnce: () => Promise<KubeResponse>,
  {clock, repeatable, signal}: RetryOptions,
): Promise<KubeResponse> {
  for (let attempt = 0; ; attempt++) {
    const last = attempt + 1 >= attempts
    let wait: number | undefined
    let outcome: () => KubeResponse
    try {
      const response = await sendOnce()
      // A 429 or 503 was turned away before it had an effect; a gateway's 502 and 504 may have had one.
      const harmless = repeatable || response.status === 429 || response.status === 503
      wait = response.status < 400 || !harmless ? undefined : waitAfter(response, attempt)
      outcome = () => response
    } catch (error) {
      // A kept connection that the server closed in the same moment.
      wait = repeatable && dropped(error) ? 100 * 2 ** attempt : undefined
      outcome = () => {
        throw error
      }
    }
    if (wait === undefined || last) return outcome()
    try {
      await clock.sleep(wait, signal)
    } catch {
      // Out of time while waiting: what the API said is the better reason.
      return outcome()
    }
  }
}
