import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {type Token, tokenRequests} from './payload.ts'

export interface TokenRequest {
  readonly namespace: string
  readonly serviceAccount: string
  /** Empty for the API server itself. */
  readonly audiences: readonly string[]
  readonly expirationSeconds: number
  /** The token dies with this pod. */
  readonly pod: {readonly name: string; readonly uid: string}
  readonly node: string
}

/** What the TokenRequest subresource does. Throws `StatusError` where there is no such ServiceAccount. */
export type IssueToken = (request: TokenRequest) => Promise<Token> | Token

const keyOf = (audience: string | undefined, seconds: number) => `${seconds} ${audience ?? ''}`

/** When four fifths of a token's life are over, or after a day. */
const refreshAt = (issuedAt: number, expiresAt: number): number =>
  issuedAt + Math.min((expiresAt - issuedAt) * 0.8, 24 * 3600_000)

/** The ServiceAccount tokens of one pod, issued anew before they expire. */
export class PodTokens {
  private readonly held = new Map<string, {token: Token; refreshAt: number}>()
  private readonly issue: IssueToken

  constructor(issue: IssueToken) {
    this.issue = issue
  }

  async refresh(pod: Pod, now: number): Promise<void> {
    for (const {audience, expirationSeconds} of tokenRequests(pod)) {
      const key = keyOf(audience, expirationSeconds)
      const held = this.held.get(key)
      if (held && held.refreshAt > now) continue
      const token = await this.issue({
        namespace: pod.metadata?.namespace ?? '',
        serviceAccount: pod.spec?.serviceAccountName ?? 'default',
        audiences: audience === undefined ? [] : [audience],
        expirationSeconds,
        pod: {name: pod.metadata?.name ?? '', uid: pod.metadata?.uid ?? ''},
        node: pod.spec?.nodeName ?? '',
      })
      this.held.set(key, {token, refreshAt: refreshAt(now, token.expiresAt)})
    }
  }

  get(audience: string | undefined, seconds: number): Token | undefined {
    return this.held.get(keyOf(audience, seconds))?.token
  }

  /** When the next one is due, in milliseconds since the epoch. */
  nextRefresh(): number | undefined {
    const times = [...this.held.values()].map(each => each.refreshAt)
    return times.length === 0 ? undefined : Math.min(...times)
  }
}
