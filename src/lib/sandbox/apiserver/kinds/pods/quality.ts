import {objectAt} from '../fields.ts'
import {nanoOf} from '../quantity.ts'
import {containersOf} from './containers.ts'

const counted = ['cpu', 'memory'] as const

/** The quality of service class: who is evicted first when memory runs out. */
export function qosClass(spec: unknown): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const containers = containersOf(spec)
  let some = false
  let all = containers.length > 0
  for (const container of containers) {
    const limits = objectAt(container, 'resources', 'limits')
    const requests = objectAt(container, 'resources', 'requests')
    for (const resource of counted) {
      const limit = nanoOf(limits[resource])
      const request = nanoOf(requests[resource])
      if (limit > 0n || request > 0n) some = true
      if (limit === 0n || request !== limit) all = false
    }
  }
  if (!some) return 'BestEffort'
  return all ? 'Guaranteed' : 'Burstable'
}
