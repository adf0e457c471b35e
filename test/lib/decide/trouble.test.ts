import {describe, expect, it} from 'vitest'
import {podTroubles, stuckPod} from '../../../src/lib/decide/trouble.ts'
import type {PodTrouble} from '../../../src/lib/observe/seen.ts'
import {instance, observed, pod} from '../../fakes/observed.ts'

const image: PodTrouble = {kind: 'image', message: 'image nope:1: not found', fatal: true}
const seen = (trouble: PodTrouble | undefined) =>
  observed({instances: [instance(1, {pod: pod('hippo-pg-1-0', {trouble})})]})

describe('pods that do not get on', () => {
  it('are waited for while the cause may just have been removed', () => {
    expect(stuckPod(seen(image), 5)).toBeUndefined()
  })

  it('end the wait when what stops them does not mend itself', () => {
    expect(stuckPod(seen(image), 11)).toMatchObject({
      code: 'PGK_IMAGE_UNAVAILABLE',
      object: 'pod hippo-pg-1-0',
      reason: 'image nope:1: not found',
      exitCode: 5,
    })
    expect(stuckPod(seen({...image, kind: 'start'}), 11)).toMatchObject({code: 'PGK_POD_CANNOT_START'})
  })

  it('end the wait later where a node may yet come', () => {
    const trouble: PodTrouble = {kind: 'schedule', message: '0/3 nodes are available', fatal: false}
    expect(stuckPod(seen(trouble), 30)).toBeUndefined()
    expect(stuckPod(seen(trouble), 91)).toMatchObject({code: 'PGK_UNSCHEDULABLE', exitCode: 6})
  })

  it('are told once where they have the same trouble', () => {
    const pods = [1, 2].map(number => instance(number, {pod: pod(`hippo-pg-${number}-0`, {trouble: image})}))
    expect(podTroubles(observed({instances: pods}))).toBe(
      'hippo-pg-1-0, hippo-pg-2-0: image nope:1: not found',
    )
  })

  it('are no reason to stop when they run', () => {
    expect(stuckPod(seen(undefined), 1000)).toBeUndefined()
  })
})
