import {randomUUID} from 'node:crypto'
import {beforeEach, describe, expect, it} from 'vitest'
import {createKindTable} from '../../../../src/lib/sandbox/apiserver/kinds/table.ts'
import {LocalRegistry} from '../../../../src/lib/sandbox/apiserver/registry/registry.ts'
import {noDatabase} from '../../../../src/lib/sandbox/apiserver/storage/database.ts'
import {Store} from '../../../../src/lib/sandbox/apiserver/storage/store.ts'
import {startControllers} from '../../../../src/lib/sandbox/controllers/start.ts'
import * as resources from '../../../../src/lib/sandbox/resources.ts'
import {FakeClock} from '../../../fakes/sandboxclock.ts'

/** All controllers over the API server's own registry, with its defaulting and validation. */
class ControlPlane {
  readonly clock = new FakeClock()
  readonly errors: unknown[] = []
  readonly directories = new Set<string>()
  readonly store = new Store(noDatabase, error => this.errors.push(error))
  readonly registry = new LocalRegistry(
    {
      store: this.store,
      kinds: createKindTable({serviceRange: '10.96.0.0/16'}),
      now: this.clock.now,
      uuid: randomUUID,
      suffix: length => randomUUID().replaceAll('-', '').slice(0, length),
    },
    'kube-controller-manager',
  )

  async start(): Promise<this> {
    const {registry, clock, directories} = this
    registry.create(resources.namespaces, {metadata: {name: 'default'}})
    registry.create(resources.namespaces, {metadata: {name: 'db'}})
    startControllers({
      registry,
      clock,
      options: {
        caCertificate: 'PEM',
        storage: {
          create: async volume => {
            directories.add(volume)
            return `/${volume}`
          },
          remove: async path => {
            directories.delete(path.slice(1))
          },
        },
        onError: (_controller, _key, error) => this.errors.push(error),
      },
    })
    for (const [index, zone] of ['a', 'b', 'c'].entries()) this.#addNode(`node-${index}`, zone)
    await clock.settle()
    return this
  }

  #addNode(name: string, zone: string): void {
    const labels = {'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone}
    this.registry.create(resources.nodes, {metadata: {name, labels}})
    const allocatable = {cpu: '4', memory: '8Gi', pods: '110'}
    const write = (draft: object): unknown =>
      Object.assign(draft, {status: {allocatable, capacity: allocatable}})
    this.registry.modify(resources.nodes, undefined, name, write, 'status')
  }

  pods = () => this.registry.list(resources.pods, {namespace: 'db'})

  /** Plays the kubelet: every pod on a node runs and is ready, every deleted one ends. */
  async kubelet(): Promise<void> {
    for (const pod of this.pods()) {
      const {name = '', deletionTimestamp} = pod.metadata ?? {}
      if (deletionTimestamp) {
        this.registry.delete(resources.pods, 'db', name, {gracePeriodSeconds: 0})
        continue
      }
      const ip = `10.0.0.${name.length + name.charCodeAt(name.length - 1)}`
      const ready = {type: 'Ready', status: 'True', lastTransitionTime: this.clock.now().toISOString()}
      const others = pod.status?.conditions?.filter(({type}) => type !== 'Ready') ?? []
      const status = {
        ...pod.status,
        phase: 'Running',
        podIP: ip,
        podIPs: [{ip}],
        conditions: [...others, ready],
      }
      this.registry.modify(resources.pods, 'db', name, draft => Object.assign(draft, {status}), 'status')
    }
    await this.clock.settle()
  }
}

const template = (app: string, restartPolicy = 'Always') => ({
  metadata: {labels: {app}},
  spec: {restartPolicy, containers: [{name: 'main', image: 'busybox:1'}]},
})

describe('all controllers together', () => {
  let plane: ControlPlane

  beforeEach(async () => {
    plane = await new ControlPlane().start()
    const {registry} = plane
    registry.create(resources.services, {
      metadata: {name: 'web', namespace: 'db'},
      spec: {clusterIP: 'None', selector: {app: 'web'}, ports: [{name: 'w', port: 80}]},
    })
    registry.create(resources.statefulSets, {
      metadata: {name: 'web', namespace: 'db'},
      spec: {
        serviceName: 'web',
        replicas: 3,
        podManagementPolicy: 'Parallel',
        selector: {matchLabels: {app: 'web'}},
        template: template('web'),
        volumeClaimTemplates: [
          {
            metadata: {name: 'data'},
            spec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}},
          },
        ],
      },
    })
    registry.create(resources.deployments, {
      metadata: {name: 'pool', namespace: 'db'},
      spec: {replicas: 2, selector: {matchLabels: {app: 'pool'}}, template: template('pool')},
    })
    registry.create(resources.jobs, {
      metadata: {name: 'once', namespace: 'db'},
      spec: {template: template('once', 'Never')},
    })
    registry.create(resources.podDisruptionBudgets, {
      metadata: {name: 'web', namespace: 'db'},
      spec: {minAvailable: 1, selector: {matchLabels: {app: 'web'}}},
    })
    await plane.clock.settle()
    await plane.kubelet()
  })

  it('bring a set, its volumes, its Service and its budget up', () => {
    const {registry} = plane
    expect(plane.errors).toEqual([])
    const web = plane.pods().filter(pod => pod.metadata?.labels?.['app'] === 'web')
    expect(web.map(pod => pod.spec?.nodeName).toSorted()).toEqual(['node-0', 'node-1', 'node-2'])
    expect(registry.get(resources.statefulSets, 'db', 'web')?.status).toMatchObject({availableReplicas: 3})
    expect(registry.get(resources.deployments, 'db', 'pool')?.status).toMatchObject({availableReplicas: 2})
    expect(registry.get(resources.jobs, 'db', 'once')?.status).toMatchObject({active: 1, ready: 1})
    expect(registry.list(resources.endpointSlices, {namespace: 'db'})[0]?.endpoints).toHaveLength(3)
    expect(registry.get(resources.podDisruptionBudgets, 'db', 'web')?.status?.disruptionsAllowed).toBe(2)
    expect(plane.directories.size).toBe(3)
  })

  it('write nothing more once everything is as it should be', async () => {
    const {version} = plane.store
    await plane.clock.settle()
    await plane.clock.advance(30_000)
    expect(plane.store.version).toBe(version)
  })

  it('empty a deleted namespace down to the directories of its volumes', async () => {
    plane.registry.delete(resources.namespaces, undefined, 'db')
    await plane.clock.settle()
    await plane.kubelet()
    expect(plane.registry.get(resources.namespaces, undefined, 'db')).toBeUndefined()
    expect(plane.registry.list(resources.persistentVolumes)).toEqual([])
    expect(plane.directories.size).toBe(0)
    await plane.clock.advance(60_000)
    expect(plane.registry.list(resources.pods)).toEqual([])
  })
})
