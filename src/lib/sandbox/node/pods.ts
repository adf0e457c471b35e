import {readdir} from 'node:fs/promises'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import type {Change, Registry} from '../registry.ts'
import {configMaps, pods, secrets} from '../resources.ts'
import type {NodeContext} from './context.ts'
import {removeOrphan} from './orphans.ts'
import type {ContainerRecord, Runtime, RuntimeEvent, SandboxRecord} from './runtime.ts'
import {type Holdings, PodWorker} from './worker.ts'

const relistEvery = 10_000

interface PodsOptions {
  readonly registry: Registry
  readonly runtime: Runtime
  /** By node name. */
  readonly contexts: ReadonlyMap<string, NodeContext>
  /** Any node's, for what belongs to the machine. */
  readonly machine: NodeContext
}

interface Held {
  sandboxes: SandboxRecord[]
  containers: ContainerRecord[]
}

/** What the runtime holds, by pod. */
async function holdings(runtime: Runtime): Promise<Map<string, Held>> {
  const [sandboxes, containers] = await Promise.all([runtime.sandboxes(), runtime.containers()])
  const result = new Map<string, Held>()
  const at = (uid: string): Held => {
    const held = result.get(uid) ?? {sandboxes: [], containers: []}
    result.set(uid, held)
    return held
  }
  for (const each of sandboxes) at(each.podUid).sandboxes.push(each)
  for (const each of containers) at(each.podUid).containers.push(each)
  return result
}

/** The pods of all virtual nodes: starts a worker for each, and brings it the news that concern it. */
export class NodePods {
  private readonly options: PodsOptions
  private readonly workers = new Map<string, PodWorker>()
  /** Being removed now. */
  private readonly orphans = new Set<string>()
  private readonly abort = new AbortController()
  private readonly stops: (() => void)[] = []
  private suspended: ReadonlySet<string> = new Set()
  private isRelisting = false

  constructor(options: PodsOptions) {
    this.options = options
  }

  /** Adopts what runs already, removes what nobody wants any more, and follows changes from then on. */
  async start(): Promise<void> {
    const {registry, runtime} = this.options
    const held = await holdings(runtime)
    this.stops.push(registry.watch(pods, change => this.changed(change)))
    await this.takeOver(held)
    this.stops.push(
      registry.watch(configMaps, change => this.sourceChanged(change.object.metadata?.namespace)),
      registry.watch(secrets, change => this.sourceChanged(change.object.metadata?.namespace)),
    )
    runtime.watch(event => this.heard(event), this.abort.signal)
    this.relistLater()
  }

  /** Nodes that do nothing for now. What they held goes on by itself and is adopted when they are back. */
  async suspend(names: ReadonlySet<string>): Promise<void> {
    const isBack = [...this.suspended].some(name => !names.has(name))
    this.suspended = names
    for (const [uid, worker] of this.workers) {
      if (!names.has(worker.pod.spec?.nodeName ?? '')) continue
      worker.stop()
      this.workers.delete(uid)
    }
    if (isBack) await this.takeOver(await holdings(this.options.runtime))
  }

  /** The worker of a pod that this machine cares for. */
  find(uid: string): PodWorker | undefined {
    return this.workers.get(uid)
  }

  /** Leaves all containers as they are. */
  stop(): void {
    this.abort.abort()
    for (const stop of this.stops) stop()
    for (const worker of this.workers.values()) worker.stop()
    this.workers.clear()
  }

  private async takeOver(held: ReadonlyMap<string, Held>): Promise<void> {
    const {registry, machine} = this.options
    const here = registry.list(pods).filter(pod => this.options.contexts.has(pod.spec?.nodeName ?? ''))
    for (const pod of here) {
      this.adopt(pod, held.get(pod.metadata?.uid ?? '') ?? {sandboxes: [], containers: []})
    }
    this.removeOrphans(held, await readdir(machine.folders.pods).catch(() => []))
  }

  /** What belongs to no pod that the API knows goes away, without holding anybody up. */
  private removeOrphans(held: ReadonlyMap<string, Held>, folders: readonly string[]): void {
    const {registry, machine} = this.options
    const known = new Set(registry.list(pods).map(pod => pod.metadata?.uid))
    for (const uid of new Set([...held.keys(), ...folders])) {
      if (known.has(uid) || this.workers.has(uid) || this.orphans.has(uid)) continue
      this.orphans.add(uid)
      removeOrphan(machine, uid, held.get(uid) ?? {sandboxes: [], containers: []})
        .catch(error => machine.onError(`orphaned pod ${uid}`, error))
        .finally(() => this.orphans.delete(uid))
    }
  }

  private contextOf(pod: Pod): NodeContext | undefined {
    const name = pod.spec?.nodeName ?? ''
    return this.suspended.has(name) ? undefined : this.options.contexts.get(name)
  }

  private changed({type, object: pod}: Change<Pod>): void {
    const uid = pod.metadata?.uid ?? ''
    const worker = this.workers.get(uid)
    if (type === 'DELETED') worker?.remove()
    else if (worker) worker.update(pod)
    else if (this.contextOf(pod)) this.adopt(pod, {sandboxes: [], containers: []})
  }

  private adopt(pod: Pod, held: Holdings): void {
    const context = this.contextOf(pod)
    const uid = pod.metadata?.uid ?? ''
    if (!context || this.workers.has(uid)) return
    const worker = new PodWorker(context, pod, held)
    this.workers.set(uid, worker)
    const forget = () => {
      if (this.workers.get(uid) === worker) this.workers.delete(uid)
    }
    worker.run().then(forget, error => context.onError(`pod ${uid}`, error))
  }

  private sourceChanged(namespace: string | undefined): void {
    for (const worker of this.workers.values()) {
      if (worker.pod.metadata?.namespace === namespace && worker.life.sourcesChanged()) worker.wake()
    }
  }

  private heard(event: RuntimeEvent): void {
    if (event.kind === 'connected') {
      void this.relist()
      return
    }
    for (const worker of this.workers.values()) {
      if (!worker.life.records.owns(event.id)) continue
      worker.ended(event.id).catch(error => this.options.machine.onError(`container ${event.id}`, error))
      return
    }
  }

  private relistLater(): void {
    const {clock} = this.options.machine
    const cancel = clock.after(relistEvery, () => void this.relist().finally(() => this.relistLater()))
    if (this.abort.signal.aborted) cancel()
    else this.abort.signal.addEventListener('abort', cancel, {once: true})
  }

  /** Compares all that the runtime holds with what is known: events can be missed. */
  private async relist(): Promise<void> {
    if (this.isRelisting || this.abort.signal.aborted) return
    this.isRelisting = true
    try {
      const before = new Map([...this.workers].map(([uid, worker]) => [uid, worker.life.records.revision]))
      const held = await holdings(this.options.runtime)
      for (const [uid, worker] of this.workers) {
        // What changed meanwhile is newer than the listing.
        if (worker.life.records.revision !== before.get(uid)) continue
        const {sandboxes = [], containers = []} = held.get(uid) ?? {}
        if (worker.life.records.replace(sandboxes, containers)) worker.wake()
      }
      // While a node is down nobody can tell its pods from orphans.
      if (this.suspended.size === 0) this.removeOrphans(held, [])
    } catch (error) {
      this.options.machine.onError('listing the containers', error)
    } finally {
      this.isRelisting = false
    }
  }
}
