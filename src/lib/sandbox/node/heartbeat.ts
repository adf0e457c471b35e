import type {Lease} from 'kubernetes-types/coordination/v1.d.ts'
import type {Clock} from '../controllers/clock.ts'
import {type Registry, StatusError} from '../registry.ts'
import {leases, namespaces, nodes} from '../resources.ts'
import {type MachineFacts, type NodeSettings, nodeLabels, nodeStatus} from './node-object.ts'

const leaseNamespace = 'kube-node-lease'
const leaseSeconds = 40
const renewEvery = 10_000
const statusEvery = 300_000

interface HeartbeatOptions {
  readonly registry: Registry
  readonly clock: Clock
  readonly settings: readonly NodeSettings[]
  readonly facts: MachineFacts
  /** Whether the container runtime answers now. */
  readonly isRuntimeUp: () => Promise<boolean>
  readonly onError: (what: string, error: unknown) => void
}

/** Creates what is not there yet; that it is there is all the same. */
function ensure(create: () => unknown): void {
  try {
    create()
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 409) throw error
  }
}

/** Registers the virtual nodes and keeps telling that they are alive, until stopped. */
export class Heartbeat {
  private readonly options: HeartbeatOptions
  private cancel: () => void = () => undefined
  private isStopped = false
  private reportedAt = 0
  private wasReady: boolean | undefined
  private suspended: ReadonlySet<string> = new Set()

  constructor(options: HeartbeatOptions) {
    this.options = options
  }

  async start(): Promise<void> {
    const {registry, settings} = this.options
    ensure(() =>
      registry.create(namespaces, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {name: leaseNamespace},
      }),
    )
    for (const each of settings) this.register(each)
    await this.beat()
  }

  stop(): void {
    this.isStopped = true
    this.cancel()
  }

  /** These nodes fall silent; the others speak, at once if they did not. */
  suspend(names: ReadonlySet<string>): void {
    const isBack = [...this.suspended].some(name => !names.has(name))
    this.suspended = names
    if (!isBack) return
    this.wasReady = undefined
    this.cancel()
    void this.beat()
  }

  private get speaking(): readonly NodeSettings[] {
    return this.options.settings.filter(({name}) => !this.suspended.has(name))
  }

  private register(settings: NodeSettings): void {
    const {registry} = this.options
    const {name} = settings
    const labels = nodeLabels(settings)
    ensure(() => registry.create(nodes, {apiVersion: 'v1', kind: 'Node', metadata: {name, labels}, spec: {}}))
    registry.modify(nodes, undefined, name, draft => {
      draft.metadata = {...draft.metadata, labels: {...draft.metadata?.labels, ...labels}}
    })
  }

  private async beat(): Promise<void> {
    const {clock, isRuntimeUp, onError} = this.options
    try {
      const isReady = await isRuntimeUp()
      if (this.isStopped) return
      for (const {name} of this.speaking) this.renew(name)
      const now = clock.now().getTime()
      if (isReady !== this.wasReady || now - this.reportedAt >= statusEvery) this.report(isReady, now)
    } catch (error) {
      onError('heartbeat', error)
    }
    if (this.isStopped) return
    this.cancel()
    this.cancel = clock.after(renewEvery, () => void this.beat())
  }

  private report(isReady: boolean, now: number): void {
    const {registry, facts} = this.options
    for (const {name} of this.speaking) {
      registry.modify(
        nodes,
        undefined,
        name,
        draft => Object.assign(draft, {status: nodeStatus(draft, facts, isReady, new Date(now))}),
        'status',
      )
    }
    this.wasReady = isReady
    this.reportedAt = now
  }

  private renew(name: string): void {
    const {registry, clock} = this.options
    const renewTime = `${clock.now().toISOString().slice(0, -1)}000Z`
    const renewed = registry.modify(leases, leaseNamespace, name, draft => {
      Object.assign(draft, {
        spec: {...draft.spec, holderIdentity: name, leaseDurationSeconds: leaseSeconds, renewTime},
      })
    })
    if (renewed) return
    const uid = registry.get(nodes, undefined, name)?.metadata?.uid ?? ''
    registry.create<Lease>(leases, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name,
        namespace: leaseNamespace,
        ownerReferences: [{apiVersion: 'v1', kind: 'Node', name, uid}],
      },
      spec: {holderIdentity: name, leaseDurationSeconds: leaseSeconds, renewTime},
    })
  }
}
