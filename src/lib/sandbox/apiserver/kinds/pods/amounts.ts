import type {JsonObject} from '../../json.ts'
import {listAt, objectAt} from '../fields.ts'
import {nanoOf} from '../quantity.ts'

/** Amounts by resource name, in whole thousandths of its unit (cores, bytes, pieces), so that sums are exact. */
export type Amounts = ReadonlyMap<string, number>

export const amountOf = (quantity: unknown): number => Math.ceil(Number(nanoOf(quantity)) / 1e6)

export const amountsOf = (quantities: object): Amounts =>
  new Map(Object.entries(quantities).map(([name, value]) => [name, amountOf(value)]))

function combine(a: Amounts, b: Amounts, join: (x: number, y: number) => number): Amounts {
  const result = new Map(a)
  for (const [name, value] of b) result.set(name, join(result.get(name) ?? 0, value))
  return result
}

export const add = (a: Amounts, b: Amounts): Amounts => combine(a, b, (x, y) => x + y)
const larger = (a: Amounts, b: Amounts): Amounts => combine(a, b, Math.max)

/** What a pod's containers request in all. A limit without a request counts as the request. */
export const requestsOfPod = (pod: unknown): Amounts =>
  peakOf(
    pod,
    container =>
      new Map([
        ...amountsOf(objectAt(container, 'resources', 'limits')),
        ...amountsOf(objectAt(container, 'resources', 'requests')),
      ]),
  )

/** What a pod's containers may use in all. */
export const limitsOfPod = (pod: unknown): Amounts =>
  peakOf(pod, container => amountsOf(objectAt(container, 'resources', 'limits')))

/**
 * What a pod needs at its peak: its containers and sidecars together, or one init container with the
 * sidecars started before it, whichever is more; plus the overhead.
 */
function peakOf(pod: unknown, of: (container: JsonObject) => Amounts): Amounts {
  let sidecars: Amounts = new Map()
  let peak: Amounts = new Map()
  for (const container of listAt(pod, 'spec', 'initContainers')) {
    const own = of(container)
    if (container['restartPolicy'] === 'Always') {
      sidecars = add(sidecars, own)
      peak = larger(peak, sidecars)
    } else peak = larger(peak, add(sidecars, own))
  }
  const running = listAt(pod, 'spec', 'containers').map(of).reduce(add, sidecars)
  return add(larger(running, peak), amountsOf(objectAt(pod, 'spec', 'overhead')))
}
