import type {Change, KubeObject, Registry, ResourceType} from '../registry.ts'
import type {Clock} from './clock.ts'
import {keyOf} from './identity.ts'
import type {WorkQueue} from './queue.ts'
import {createQueue} from './queue.ts'
import type {EventRecorder} from './recorder.ts'

export type Stop = () => void

export interface ControllerContext {
  registry: Registry
  clock: Clock
  /** Gives the recorder of one component. */
  recorder: (component: string) => EventRecorder
  /** Hears of failed syncs, which are tried again. */
  onError: (controller: string, key: string, error: unknown) => void
}

export interface Source {
  watch(queue: WorkQueue): Stop
  /** Keys to look at when the controller starts. */
  initial(): Iterable<string>
}

/** A kind whose changes concern some keys. Existing objects count as changes at the start. */
export function source<T extends KubeObject>(
  registry: Registry,
  type: ResourceType<T>,
  keys: (object: T, change?: Change<T>) => Iterable<string> | undefined,
): Source {
  return {
    watch: queue =>
      registry.watch(type, change => {
        for (const key of keys(change.object, change) ?? []) queue.add(key)
        // What the object no longer says may matter to others: a former owner, a Service that selected it.
        if (change.type !== 'MODIFIED' || !change.previous) return
        for (const key of keys(change.previous, change) ?? []) queue.add(key)
      }),
    initial: function* () {
      for (const object of registry.list(type)) yield* keys(object) ?? []
    },
  }
}

/** The kind a controller is about: each object is its own key. */
export const subject = <T extends KubeObject>(registry: Registry, type: ResourceType<T>): Source =>
  source(registry, type, object => [keyOf(object)])

export interface ControllerOptions {
  name: string
  sources: readonly Source[]
  sync: (key: string, queue: WorkQueue) => void | Promise<void>
}

/** Runs one level-triggered controller until stopped. */
export function runController(context: ControllerContext, options: ControllerOptions): Stop {
  const queue: WorkQueue = createQueue({
    clock: context.clock,
    sync: key => options.sync(key, queue),
    onError: (key, error) => context.onError(options.name, key, error),
  })
  const stops = options.sources.map(each => each.watch(queue))
  for (const each of options.sources) {
    for (const key of each.initial()) queue.add(key)
  }
  return () => {
    for (const stop of stops) stop()
    queue.stop()
  }
}
