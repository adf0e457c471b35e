import type {Event, Pod, PodSpec} from 'kubernetes-types/core/v1.d.ts'
import type {ControllerContext, Stop} from '../../../../src/lib/sandbox/controllers/controller.ts'
import {createRecorder} from '../../../../src/lib/sandbox/controllers/recorder.ts'
import {StatusError} from '../../../../src/lib/sandbox/registry.ts'
import {events, pods} from '../../../../src/lib/sandbox/resources.ts'
import {FakeRegistry} from '../../../fakes/registry.ts'
import {FakeClock} from '../../../fakes/sandboxclock.ts'

/** A cluster without nodes: the test plays the kubelet and moves the time. */
export class Cluster {
  readonly clock = new FakeClock()
  readonly registry = new FakeRegistry(this.clock.now)
  readonly errors: unknown[] = []
  readonly context: ControllerContext = {
    registry: this.registry,
    clock: this.clock,
    recorder: component => createRecorder({registry: this.registry, clock: this.clock, component}),
    onError: (_controller, _key, error) => {
      this.errors.push(error)
    },
  }

  async start(...controllers: ((context: ControllerContext) => Stop)[]): Promise<this> {
    for (const start of controllers) start(this.context)
    await this.clock.settle()
    return this
  }

  settle = (): Promise<void> => this.clock.settle()

  podNames = (namespace = 'db'): string[] =>
    this.registry.list(pods, {namespace}).map(pod => pod.metadata?.name ?? '')

  pod(name: string, namespace = 'db'): Pod {
    const pod = this.registry.get(pods, namespace, name)
    if (!pod) throw new Error(`no pod ${name}`)
    return pod
  }

  reasons = (): string[] => this.registry.list(events).map((event: Event) => event.reason ?? '')

  /** Sets the pod's phase and readiness, as a kubelet would. */
  async report(name: string, phase: string, options: {ready?: boolean; ip?: string} = {}): Promise<void> {
    const status = options.ready === true ? 'True' : 'False'
    const lastTransitionTime = this.clock.now().toISOString()
    this.registry.modify(
      pods,
      'db',
      name,
      draft => {
        Object.assign(draft, {
          status: {
            ...draft.status,
            phase,
            conditions: [{type: 'Ready', status, lastTransitionTime}],
            ...(options.ip === undefined ? {} : {podIP: options.ip, podIPs: [{ip: options.ip}]}),
          },
        })
      },
      'status',
    )
    await this.settle()
  }

  ready = (name: string, ip = '10.0.0.1'): Promise<void> => this.report(name, 'Running', {ready: true, ip})

  /** Binds the pod to a node, as a scheduler would. */
  async bind(name: string, node = 'node-1'): Promise<void> {
    this.registry.modify(pods, 'db', name, draft => {
      if (draft.spec) draft.spec.nodeName = node
    })
    await this.settle()
  }

  /** Ends a pod that is being deleted. */
  async gone(name: string): Promise<void> {
    this.registry.delete(pods, 'db', name, {gracePeriodSeconds: 0})
    await this.settle()
  }

  /** The StatusError that an action throws. */
  refusal(action: () => void): StatusError {
    try {
      action()
    } catch (error) {
      if (error instanceof StatusError) return error
      throw error
    }
    throw new Error('nothing was refused')
  }
}

export const podSpec = (image = 'busybox:1'): PodSpec => ({containers: [{name: 'main', image}]})
