import {notFoundError, refusedError} from '../../errors.ts'
import type {SandboxPaths} from '../ports.ts'
import {pods} from '../resources.ts'
import {Delays} from './delays.ts'
import {emptyVolume} from './disk.ts'
import {Effects, type World} from './effects.ts'
import {
  type Fault,
  type FaultDone,
  type FaultRequest,
  isMomentary,
  type Lasting,
  type Momentary,
} from './fault.ts'
import {strike} from './momentary.ts'
import {continueAll, processesIn} from './processes.ts'
import {readFaults, writeFaults} from './state.ts'
import {containerGroup, findPod, podGroup, podsAt, requireNode, settlePlace, volumePath} from './targets.ts'
import {wordsOf} from './words.ts'

const lookEvery = 1000

export interface KeeperOptions extends World {
  paths: SandboxPaths
  cgroupRoot: string
  report: (what: string, error: unknown) => void
}

/** Keeps the list of faults and makes the world agree with it. One change at a time. */
export class FaultKeeper {
  private readonly options: KeeperOptions
  private readonly effects: Effects
  private faults: Fault[] = []
  private turn: Promise<unknown> = Promise.resolve()
  private stops: (() => void)[] = []
  private isLookDue = false

  constructor(options: KeeperOptions) {
    this.options = options
    this.effects = new Effects(options)
  }

  get list(): readonly Fault[] {
    return this.faults
  }

  /** Puts the faults that are noted in force again, and looks after them from then on. */
  async start(): Promise<void> {
    this.faults = await readFaults(this.options.paths)
    await this.inTurn(() => this.look())
    const timer = setInterval(() => this.lookSoon(), lookEvery)
    timer.unref()
    const moved = () => this.lookSoon()
    this.stops = [() => clearInterval(timer), this.options.registry.watch(pods, moved)]
  }

  /** Lets go; what is in force stays so. */
  stop(): void {
    for (const stop of this.stops) stop()
    this.stops = []
  }

  /** Breaks something, for good or until it is undone. */
  arm({fault, seconds}: FaultRequest): Promise<FaultDone> {
    return this.inTurn(async () => {
      if (isMomentary.Check(fault)) return this.strike(fault)
      const settled = this.settle(fault)
      const now = Date.now()
      const armed: Fault = {
        id: this.nextId(settled.kind),
        fault: settled,
        text: wordsOf(settled),
        since: new Date(now).toISOString(),
        until: seconds === undefined ? null : new Date(now + seconds * 1000).toISOString(),
        held: this.heldBy(settled),
      }
      // Noted before it is done: whatever happens in between can be undone.
      await this.note([...this.faults, armed])
      try {
        await this.effects.apply(this.faults)
      } catch (error) {
        await this.end([armed])
        throw error
      }
      return {fault: armed, text: armed.text}
    })
  }

  /** Ends the fault of this name, or all of them. Gives those that ended. */
  undo(id: string | undefined): Promise<Fault[]> {
    return this.inTurn(async () => {
      const ending = this.faults.filter(each => id === undefined || each.id === id)
      if (ending.length === 0 && id !== undefined) {
        const known = this.faults.map(each => each.id).join(', ')
        throw notFoundError('FAULT_NOT_FOUND', `there is no fault ${id}`, {
          hints: [known === '' ? 'Nothing is broken on purpose.' : `In force: ${known}`],
        })
      }
      await this.end(ending)
      return ending
    })
  }

  private async strike(fault: Momentary): Promise<FaultDone> {
    const {registry, cgroupRoot} = this.options
    const namespace = await strike(registry, cgroupRoot, fault)
    return {fault: null, text: wordsOf({...fault, namespace})}
  }

  private nextId(kind: string): string {
    for (let number = 1; ; number++) {
      const id = `${kind}-${number}`
      if (!this.faults.some(each => each.id === id)) return id
    }
  }

  /** The fault with its place checked and its namespace known. */
  private settle(fault: Lasting): Lasting {
    const {registry} = this.options
    if (fault.kind === 'node-down') requireNode(registry, fault.node)
    if (fault.kind === 'latency') Delays.require()
    if (fault.kind === 'partition' && !['all', 'pods', 'api'].includes(fault.from)) {
      const {namespace} = settlePlace(registry, fault)
      findPod(registry, {pod: fault.from, ...(namespace === undefined ? {} : {namespace})})
    }
    if (fault.kind === 'partition' || fault.kind === 'latency' || fault.kind === 'loss') {
      return {...fault, ...settlePlace(registry, fault)}
    }
    if (fault.kind === 'pause' || fault.kind === 'disk-full') {
      return {...fault, namespace: findPod(registry, fault).metadata?.namespace ?? ''}
    }
    return fault
  }

  private heldBy(fault: Lasting): string[] {
    const {registry, cgroupRoot} = this.options
    switch (fault.kind) {
      case 'pause': {
        const group = containerGroup(cgroupRoot, findPod(registry, fault), fault.container)
        if (!this.faults.some(({held}) => held.includes(group))) return [group]
        throw refusedError('ALREADY_PAUSED', wordsOf(fault), {hints: ['pgk sandbox fault list']})
      }
      case 'node-down':
        return podsAt(registry, {node: fault.node}).map(pod => podGroup(cgroupRoot, pod))
      case 'disk-full':
        return [volumePath(registry, findPod(registry, fault), fault.claim)]
      default:
        return []
    }
  }

  private lookSoon(): void {
    if (this.faults.length === 0 || this.isLookDue) return
    this.isLookDue = true
    this.inTurn(() => {
      this.isLookDue = false
      return this.look()
    }).catch(error => this.options.report('faults', error))
  }

  /** Ends what is over, and puts the rest in force anew where the world has moved on. */
  private async look(): Promise<void> {
    const over: Fault[] = []
    for (const each of this.faults) if (await isOver(each)) over.push(each)
    if (over.length > 0) await this.end(over)
    else if (this.faults.length > 0) await this.effects.apply(this.faults)
  }

  private async end(ending: readonly Fault[]): Promise<void> {
    const rest = this.faults.filter(each => !ending.includes(each))
    for (const {fault, held} of ending) {
      if (fault.kind === 'disk-full') for (const path of held) await emptyVolume(path)
      if (fault.kind === 'pause' || fault.kind === 'node-down')
        for (const group of held) await continueAll(group)
    }
    await this.effects.apply(rest)
    await this.note(rest)
  }

  private async note(faults: Fault[]): Promise<void> {
    await writeFaults(this.options.paths, faults)
    this.faults = faults
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work)
    this.turn = done.catch(() => undefined)
    return done
  }
}

/** Its time has come, or what it was done to is gone. */
async function isOver({fault, held, until}: Fault): Promise<boolean> {
  if (until !== null && Date.parse(until) <= Date.now()) return true
  if (fault.kind !== 'pause') return false
  for (const group of held) if ((await processesIn(group)).length > 0) return false
  return true
}
