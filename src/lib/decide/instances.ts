/** One member of an instance set: `hippo-pg-1`, set `pg`, number 1. */
export interface Instance {
  name: string
  set: string
  number: number
}

export interface WantedSet {
  name: string
  replicas: number
}

/** What is already there for one instance, found by label. */
export interface FoundInstance {
  name: string
  set: string
  /** True for the leader: it is never chosen to go. */
  leads: boolean
}

export interface InstancePlan {
  keep: readonly Instance[]
  /** Instances beyond what is wanted, in the order in which they should go. */
  remove: readonly Instance[]
}

const byNumber = (a: Instance, b: Instance): number => a.number - b.number || a.name.localeCompare(b.name)

/** The number at the end of `{cluster}-{set}-{n}`; names that another tool gave (random suffix) sort last. */
export function instanceNumber(name: string): number {
  const digits = /-(\d+)$/.exec(name)?.[1]
  return digits === undefined ? Number.MAX_SAFE_INTEGER : Number(digits)
}

function firstFree(cluster: string, set: string, taken: ReadonlySet<string>): Instance {
  let number = 1
  while (taken.has(`${cluster}-${set}-${number}`)) number += 1
  return {name: `${cluster}-${set}-${number}`, set, number}
}

/**
 * Which instances a set consists of: those that exist, filled up with the lowest free numbers (so that a
 * kept volume of that number is used again) or cut down from the highest number, never the leader.
 */
export function planInstances(
  cluster: string,
  sets: readonly WantedSet[],
  found: readonly FoundInstance[],
): InstancePlan {
  const keep: Instance[] = []
  const remove: Instance[] = []
  const wanted = new Set(sets.map(set => set.name))
  for (const set of sets) {
    const present = found
      .filter(instance => instance.set === set.name)
      .map(({name, leads}) => ({name, set: set.name, number: instanceNumber(name), leads}))
      .sort(byNumber)
    const stay = [...present]
    while (stay.length > set.replicas) {
      const index = stay.findLastIndex(instance => !instance.leads)
      if (index < 0) break
      remove.push(...stay.splice(index, 1))
    }
    const taken = new Set(found.map(instance => instance.name))
    while (stay.length < set.replicas) {
      const fresh = firstFree(cluster, set.name, taken)
      taken.add(fresh.name)
      stay.push({...fresh, leads: false})
    }
    keep.push(...stay.sort(byNumber))
  }
  remove.push(
    ...found
      .filter(instance => !wanted.has(instance.set))
      .map(({name, set, leads}) => ({name, set, number: instanceNumber(name), leads}))
      .sort((a, b) => Number(a.leads) - Number(b.leads) || byNumber(b, a)),
  )
  const plain = ({name, set, number}: Instance): Instance => ({name, set, number})
  return {keep: keep.map(plain), remove: remove.map(plain)}
}
