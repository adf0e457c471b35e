import {PgkError} from '../errors.ts'
import type {KindRef, Kube, ListOptions} from '../ports.ts'
import type {Api} from './api.ts'
import {networkError} from './failure.ts'
import {listObjects} from './read.ts'
import {emptyView} from './view.ts'
import {streamChanges, type Told} from './watch-stream.ts'

export interface WatchTiming {
  /** A watch that tells nothing for this long is compared with a fresh list. */
  quietMilliseconds: number
  /** How long the API may take to answer that list before it counts as lost. */
  answerMilliseconds: number
  /** The API ends a watch after this; the next one continues where it ended. */
  streamSeconds: number
  shortestBackOff: number
  longestBackOff: number
}

const usual: WatchTiming = {
  quietMilliseconds: 15_000,
  answerMilliseconds: 10_000,
  streamSeconds: 240,
  shortestBackOff: 100,
  longestBackOff: 5_000,
}

type Listener = Parameters<Kube['watch']>[2]

export interface WatchRequest {
  kind: KindRef
  options: ListOptions
  timing?: WatchTiming
}

/** Keeps a live view by list and watch. See `Kube.watch` for what the listener is told. */
export function watchObjects(api: Api, request: WatchRequest, listener: Listener): {stop(): void} {
  const {kind, options} = request
  const timing = request.timing ?? usual
  const stopped = new AbortController()
  const view = emptyView()
  let version = ''
  /** False until the listener has a whole view, and again after it was told that the view is lost. */
  let current = false
  let heard = 0

  const relist = async (signal: AbortSignal): Promise<boolean> => {
    const before = heard
    const deadline = AbortSignal.timeout(timing.answerMilliseconds)
    const list = await listObjects(api, kind, options, AbortSignal.any([signal, deadline]))
    // A change that came while the list was under way may be newer than the list.
    if (current && heard !== before) return false
    const differs = view.replace(list.objects)
    version = list.resourceVersion
    if (differs || !current) {
      current = true
      listener.changed(view.all())
    }
    return differs
  }

  const take = ({type, object}: Told): void => {
    heard += 1
    version = object.metadata.resourceVersion ?? version
    if (type === 'BOOKMARK') return
    if (type === 'DELETED') view.remove(object)
    else view.put(object)
    listener.changed(view.all())
  }

  /** Follows one stream to its end. A silent stream is checked; one that hid a change is given up. */
  const follow = async (): Promise<void> => {
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, stopped.signal])
    let failure: unknown
    let seen = heard
    let checking = false
    const check = async (): Promise<void> => {
      if (checking || seen !== heard) {
        seen = heard
        return
      }
      checking = true
      try {
        if (await relist(signal)) over.abort()
      } catch (error) {
        failure = error
        over.abort()
      } finally {
        checking = false
      }
    }
    const guard = setInterval(() => void check(), timing.quietMilliseconds)
    try {
      await streamChanges(
        api,
        {kind, options, resourceVersion: version, timeoutSeconds: timing.streamSeconds, signal},
        take,
      )
    } catch (error) {
      throw failure ?? error
    } finally {
      clearInterval(guard)
      over.abort()
    }
  }

  const lose = (error: unknown): void => {
    current = false
    const {message, reason, code} = networkError(api.connection, error)
    listener.lost({source: kind.kind, reason: reason === undefined ? message : `${message}: ${reason}`, code})
  }

  const run = async (): Promise<void> => {
    let backOff = timing.shortestBackOff
    let mustList = true
    while (!stopped.signal.aborted) {
      const began = Date.now()
      try {
        if (mustList) await relist(stopped.signal)
        mustList = true
        await follow()
        mustList = false
      } catch (error) {
        if (stopped.signal.aborted) return
        // A stream that breaks is not yet a loss: only a list that fails, a refusal or nonsense is.
        if (error instanceof PgkError || error instanceof SyntaxError) lose(error)
      }
      const lasted = Date.now() - began
      backOff =
        lasted > timing.longestBackOff ? timing.shortestBackOff : Math.min(backOff * 2, timing.longestBackOff)
      if (lasted < timing.longestBackOff || !current) await api.clock.sleep(backOff / 2, stopped.signal)
    }
  }
  run().catch((error: unknown) => {
    if (!stopped.signal.aborted) lose(error)
  })
  return {stop: () => stopped.abort()}
}
