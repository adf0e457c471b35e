import type {Container, Node, Pod} from 'kubernetes-types/core/v1.d.ts'
import {nanoOf} from '../../apiserver/kinds/quantity.ts'

/** Amounts by resource name, in whole thousandths of its unit (cores, bytes, pieces), so that sums are exact. */
export type Amounts = ReadonlyMap<string, number>

type Quantities = Readonly<Record<string, string>> | undefined

const amountOf = (quantity: string): number => Math.ceil(Number(nanoOf(quantity)) / 1e6)

function amounts(quantities: Quantities): Amounts {
  return new Map(Object.entries(quantities ?? {}).map(([name, value]) => [name, amountOf(value)]))
}

function combine(a: Amounts, b: Amounts, join: (x: number, y: number) => number): Amounts {
  const result = new Map(a)
  for (const [name, value] of b) result.set(name, join(result.get(name) ?? 0, value))
  return result
}

export const add = (a: Amounts, b: Amounts): Amounts => combine(a, b, (x, y) => x + y)
const larger = (a: Amounts, b: Amounts): Amounts => combine(a, b, Math.max)

const known = new WeakMap<Pod, Amounts>()

/**
 * What a pod needs at its peak: its containers and sidecars together, or one init container with the
 * sidecars started before it, whichever is more; plus the overhead. Stored pods never change.
 */
export function requestsOf(pod: Pod): Amounts {
  const remembered = known.get(pod)
  if (remembered) return remembered
  const {containers = [], initContainers = [], overhead} = pod.spec ?? {}
  let sidecars: Amounts = new Map()
  let peak: Amounts = new Map()
  for (const container of initContainers) {
    const own = containerRequests(container)
    if (container.restartPolicy === 'Always') {
      sidecars = add(sidecars, own)
      peak = larger(peak, sidecars)
    } else peak = larger(peak, add(sidecars, own))
  }
  const running = containers.map(containerRequests).reduce(add, sidecars)
  const total = add(add(larger(running, peak), amounts(overhead)), new Map([['pods', 1000]]))
  known.set(pod, total)
  return total
}

/** A limit without a request counts as the request. */
const containerRequests = ({resources}: Container): Amounts =>
  new Map([...amounts(resources?.limits), ...amounts(resources?.requests)])

export const allocatableOf = (node: Node): Amounts =>
  amounts(node.status?.allocatable ?? node.status?.capacity)
