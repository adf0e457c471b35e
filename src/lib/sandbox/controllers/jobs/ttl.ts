import type {Job} from 'kubernetes-types/batch/v1.d.ts'
import {jobs} from '../../resources.ts'
import {millisecondsOf} from '../clock.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, subject} from '../controller.ts'
import {isDeleting, splitKey} from '../identity.ts'
import {conditionOf} from './plan.ts'

/** Deletes finished Jobs once their `ttlSecondsAfterFinished` is over. */
export function startJobTtl(context: ControllerContext): Stop {
  const {registry, clock} = context
  return runController(context, {
    name: 'ttl-after-finished',
    sources: [subject(registry, jobs)],
    sync: (key, queue) => {
      const {namespace, name} = splitKey(key)
      const job = registry.get(jobs, namespace, name)
      const due = job && !isDeleting(job) ? expiry(job) : undefined
      if (due === undefined) return
      const left = due - clock.now().getTime()
      if (left > 0) queue.addAfter(key, left)
      else registry.delete(jobs, namespace, name, {propagation: 'Foreground'})
    },
  })
}

function expiry(job: Job): number | undefined {
  const ttl = job.spec?.ttlSecondsAfterFinished
  const finished = conditionOf(job, 'Complete') ?? conditionOf(job, 'Failed')
  const at = millisecondsOf(finished?.lastTransitionTime)
  return ttl === undefined || at === undefined ? undefined : at + ttl * 1000
}
