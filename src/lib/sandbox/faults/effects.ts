import {loadRules} from '../network/keep-rules.ts'
import type {Addresses} from '../ports.ts'
import type {Registry} from '../registry.ts'
import {type Barriers, barrierRules, faultTable} from './cuts.ts'
import type {Delays} from './delays.ts'
import {fillVolume} from './disk.ts'
import type {Disturbance} from './disturbance.ts'
import type {ApiFault, Fault, Lasting} from './fault.ts'
import {stopAll} from './processes.ts'
import {addressesOf, podsAt} from './targets.ts'

export interface World {
  sandbox: string
  registry: Registry
  addresses: Addresses
  apiPort: number
  disturbance: Disturbance
  delays: Delays
  /** The nodes whose kubelets do nothing. */
  suspend: (nodes: ReadonlySet<string>) => Promise<void>
}

/** Makes the kernel, the nodes and the API server agree with the faults in force, whatever they did before. */
export class Effects {
  private readonly world: World
  private rules = ''
  private suspended = ''

  constructor(world: World) {
    this.world = world
  }

  async apply(faults: readonly Fault[]): Promise<void> {
    const all = faults.map(({fault}) => fault)
    this.world.disturbance.set(all.filter(isApi))
    await this.suspend(all)
    await this.raiseBarriers(all)
    for (const {fault, held} of faults) {
      if (fault.kind === 'pause' || fault.kind === 'node-down') for (const group of held) await stopAll(group)
      if (fault.kind === 'disk-full') for (const path of held) await fillVolume(path)
    }
  }

  /** What depends on the addresses of pods, which change as pods come and go. */
  async raiseBarriers(faults: readonly Lasting[]): Promise<void> {
    const {sandbox, addresses, apiPort, registry, delays} = this.world
    const slow = faults.flatMap(fault =>
      fault.kind === 'latency'
        ? addressesOf(podsAt(registry, fault)).map(address => ({address, milliseconds: fault.milliseconds}))
        : [],
    )
    const barriers = barriersOf(registry, faults)
    const rules = barrierRules(
      faultTable(sandbox),
      {...addresses, apiPort},
      slow.length === 0 ? barriers : {...barriers, detour: delays.device},
    )
    if (rules !== this.rules) await loadRules(rules)
    this.rules = rules
    await delays.set(slow)
  }

  private async suspend(faults: readonly Lasting[]): Promise<void> {
    const names = silentNodes(faults)
    const key = [...names].sort().join(' ')
    if (key === this.suspended) return
    await this.world.suspend(names)
    this.suspended = key
  }
}

const isApi = (fault: Lasting): fault is ApiFault => fault.kind === 'api'

/** The nodes that cannot reach the API server. */
export function silentNodes(faults: readonly Lasting[]): Set<string> {
  const names = faults.flatMap(fault => {
    if (fault.kind === 'node-down') return [fault.node]
    const isCut = fault.kind === 'partition' && (fault.from === 'all' || fault.from === 'api')
    return isCut && fault.node !== undefined ? [fault.node] : []
  })
  return new Set(names)
}

/** Pure but for reading objects: what the faults keep from getting through, by today's addresses. */
export function barriersOf(registry: Registry, faults: readonly Lasting[]): Barriers {
  const cuts: Barriers['cuts'][number][] = []
  const losses: Barriers['losses'][number][] = []
  let api: Barriers['api'] = 'open'
  for (const fault of faults) {
    if (fault.kind === 'api' && fault.mode === 'silent') api = 'silent'
    if (fault.kind === 'api' && fault.mode === 'down') api = 'refuse'
    if (fault.kind === 'node-down') {
      cuts.push({addresses: addressesOf(podsAt(registry, {node: fault.node})), from: 'all'})
    }
    if (fault.kind === 'loss') {
      losses.push({addresses: addressesOf(podsAt(registry, fault)), percent: fault.percent})
    }
    if (fault.kind === 'partition') {
      const {namespace, from} = fault
      const addresses = addressesOf(podsAt(registry, fault))
      const isWide = from === 'all' || from === 'pods' || from === 'api'
      const other = {pod: from, ...(namespace === undefined ? {} : {namespace})}
      cuts.push({addresses, from: isWide ? from : addressesOf(podsAt(registry, other))})
    }
  }
  const isReal = ({addresses}: {addresses: readonly string[]}) => addresses.length > 0
  return {cuts: cuts.filter(isReal), losses: losses.filter(isReal), api}
}
