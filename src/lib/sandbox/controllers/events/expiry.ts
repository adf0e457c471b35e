import type {Event} from 'kubernetes-types/core/v1.d.ts'
import {events} from '../../resources.ts'
import {millisecondsOf} from '../clock.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source} from '../controller.ts'
import {keyOf, splitKey} from '../identity.ts'

const lifetime = 3_600_000

/** Deletes events an hour after they were last seen, as Kubernetes forgets them. */
export function startEventExpiry(context: ControllerContext): Stop {
  const {registry, clock} = context
  return runController(context, {
    name: 'event-expiry',
    sources: [
      source(registry, events, (event, change) =>
        // One look an event is enough: it comes back when its time is over.
        change === undefined || change.type === 'ADDED' ? [keyOf(event)] : [],
      ),
    ],
    sync: (key, queue) => {
      const {namespace, name} = splitKey(key)
      const event = registry.get(events, namespace, name)
      if (!event) return
      const left = lastSeen(event) + lifetime - clock.now().getTime()
      if (left > 0) queue.addAfter(key, left)
      else registry.delete(events, namespace, name)
    },
  })
}

const lastSeen = ({series, lastTimestamp, eventTime, metadata}: Event): number =>
  millisecondsOf(series?.lastObservedTime) ??
  millisecondsOf(lastTimestamp) ??
  millisecondsOf(eventTime) ??
  millisecondsOf(metadata?.creationTimestamp) ??
  0
