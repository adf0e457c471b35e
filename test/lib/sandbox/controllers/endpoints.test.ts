import type {Pod, Service, ServiceSpec} from 'kubernetes-types/core/v1.d.ts'
import type {EndpointSlice} from 'kubernetes-types/discovery/v1.d.ts'
import {describe, expect, it} from 'vitest'
import {startEndpoints} from '../../../../src/lib/sandbox/controllers/endpoints/endpoints.ts'
import {startMirroring} from '../../../../src/lib/sandbox/controllers/endpoints/mirror.ts'
import {startEndpointSlices} from '../../../../src/lib/sandbox/controllers/endpoints/slices.ts'
import {endpointSlices, endpoints, nodes, pods, services} from '../../../../src/lib/sandbox/resources.ts'
import {Cluster} from './cluster.ts'

const start = (): Promise<Cluster> => new Cluster().start(startEndpoints, startEndpointSlices, startMirroring)

const service = (spec: ServiceSpec, labels: Record<string, string> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {name: 'web', namespace: 'db', labels},
  spec: {clusterIP: '10.1.0.1', ...spec},
})

const selecting: ServiceSpec = {
  selector: {app: 'web'},
  ports: [{name: 'pg', port: 5432, targetPort: 'postgres'}],
}

const pod = (name: string): Pod => ({
  metadata: {name, namespace: 'db', labels: {app: 'web'}},
  spec: {
    hostname: name,
    subdomain: 'web',
    nodeName: 'node-1',
    containers: [{name: 'main', ports: [{name: 'postgres', containerPort: 5433}]}],
  },
})

async function withPods(spec: ServiceSpec = selecting): Promise<Cluster> {
  const cluster = await start()
  cluster.registry.create(nodes, {metadata: {name: 'node-1', labels: {'topology.kubernetes.io/zone': 'a'}}})
  cluster.registry.create(services, service(spec, {team: 'x'}))
  for (const name of ['web-0', 'web-1']) cluster.registry.create(pods, pod(name))
  await cluster.settle()
  await cluster.ready('web-0', '10.0.0.1')
  await cluster.report('web-1', 'Running', {ip: '10.0.0.2'})
  return cluster
}

const slices = (cluster: Cluster): EndpointSlice[] => cluster.registry.list(endpointSlices, {namespace: 'db'})
const subsets = (cluster: Cluster) => cluster.registry.get(endpoints, 'db', 'web')?.subsets

describe('a Service with a selector', () => {
  it('has Endpoints that tell ready from waiting pods and resolve named ports', async () => {
    const cluster = await withPods()
    const target = (name: string) => ({kind: 'Pod', name, namespace: 'db'})
    expect(subsets(cluster)).toMatchObject([
      {
        addresses: [{ip: '10.0.0.1', hostname: 'web-0', nodeName: 'node-1', targetRef: target('web-0')}],
        notReadyAddresses: [{ip: '10.0.0.2', targetRef: target('web-1')}],
        ports: [{name: 'pg', port: 5433, protocol: 'TCP'}],
      },
    ])
    expect(cluster.registry.get(endpoints, 'db', 'web')?.metadata?.labels).toEqual({
      team: 'x',
      'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
    })
  })

  it('has a slice with conditions, host names and zones', async () => {
    const cluster = await withPods()
    expect(slices(cluster)).toMatchObject([
      {
        metadata: {
          labels: {
            team: 'x',
            'kubernetes.io/service-name': 'web',
            'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          },
          ownerReferences: [{kind: 'Service', name: 'web', controller: true}],
        },
        addressType: 'IPv4',
        ports: [{name: 'pg', port: 5433, protocol: 'TCP'}],
        endpoints: [
          {
            addresses: ['10.0.0.1'],
            hostname: 'web-0',
            zone: 'a',
            conditions: {ready: true, serving: true, terminating: false},
          },
          {addresses: ['10.0.0.2'], conditions: {ready: false, serving: false, terminating: false}},
        ],
      },
    ])
  })

  it('keeps a pod that ends in the slice, serving but no longer ready', async () => {
    const cluster = await withPods()
    cluster.registry.delete(pods, 'db', 'web-0')
    await cluster.settle()
    expect(subsets(cluster)?.[0]?.addresses).toBeUndefined()
    expect(slices(cluster)[0]?.endpoints[0]?.conditions).toEqual({
      ready: false,
      serving: true,
      terminating: true,
    })
  })

  it('publishes addresses that are not ready when told to', async () => {
    const cluster = await withPods({...selecting, clusterIP: 'None', publishNotReadyAddresses: true})
    expect(subsets(cluster)?.[0]?.addresses?.map(({ip}) => ip)).toEqual(['10.0.0.1', '10.0.0.2'])
    expect(slices(cluster)[0]?.endpoints.map(each => each.conditions?.ready)).toEqual([true, true])
    expect(slices(cluster)[0]?.metadata?.labels).toHaveProperty(['service.kubernetes.io/headless'])
  })

  it('of no ports lists the addresses alone', async () => {
    const cluster = await withPods({selector: {app: 'web'}, clusterIP: 'None'})
    expect(subsets(cluster)?.[0]?.ports).toBeUndefined()
    expect(slices(cluster)[0]?.endpoints).toHaveLength(2)
  })

  it('without any pod has an empty slice and Endpoints without subsets', async () => {
    const cluster = await start()
    cluster.registry.create(services, service(selecting))
    await cluster.settle()
    expect(slices(cluster)).toMatchObject([{endpoints: []}])
    expect(subsets(cluster)).toBeUndefined()
  })

  it('drops a pod whose labels no longer match', async () => {
    const cluster = await withPods()
    cluster.registry.modify(pods, 'db', 'web-0', draft => {
      draft.metadata = {...draft.metadata, labels: {app: 'other'}}
    })
    await cluster.settle()
    expect(slices(cluster)[0]?.endpoints.map(({addresses}) => addresses)).toEqual([['10.0.0.2']])
  })

  it('writes nothing when nothing that matters changes', async () => {
    const cluster = await withPods()
    const before = slices(cluster)[0]?.metadata?.resourceVersion
    cluster.registry.modify(pods, 'db', 'web-0', draft => {
      draft.metadata = {...draft.metadata, annotations: {status: 'new'}}
    })
    await cluster.settle()
    expect(slices(cluster)[0]?.metadata?.resourceVersion).toBe(before)
  })

  it('gets a deleted slice back', async () => {
    const cluster = await withPods()
    cluster.registry.delete(endpointSlices, 'db', slices(cluster)[0]?.metadata?.name ?? '')
    await cluster.settle()
    expect(slices(cluster)[0]?.endpoints).toHaveLength(2)
  })
})

describe('a Service without a selector', () => {
  const written = (ip: string) => ({
    metadata: {name: 'web', namespace: 'db', annotations: {leader: 'x-0'}, labels: {cluster: 'x'}},
    subsets: [{addresses: [{ip}], ports: [{name: 'pg', port: 5432, protocol: 'TCP'}]}],
  })

  async function mirrored(): Promise<Cluster> {
    const cluster = await start()
    cluster.registry.create(services, service({ports: [{port: 5432, targetPort: 'pg'}]}))
    cluster.registry.create(endpoints, written('10.0.0.9'))
    await cluster.settle()
    return cluster
  }

  it('has the Endpoints that others write mirrored into a slice', async () => {
    const cluster = await mirrored()
    expect(slices(cluster)).toMatchObject([
      {
        metadata: {
          labels: {
            cluster: 'x',
            'kubernetes.io/service-name': 'web',
            'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
          },
          ownerReferences: [{kind: 'Endpoints', name: 'web'}],
        },
        endpoints: [{addresses: ['10.0.0.9'], conditions: {ready: true}}],
        ports: [{name: 'pg', port: 5432, protocol: 'TCP'}],
      },
    ])
  })

  it('follows a change of leader in the same slice', async () => {
    const cluster = await mirrored()
    const name = slices(cluster)[0]?.metadata?.name
    cluster.registry.modify(endpoints, 'db', 'web', draft => {
      draft.subsets = written('10.0.0.8').subsets
    })
    await cluster.settle()
    expect(slices(cluster).map(each => each.metadata?.name)).toEqual([name])
    expect(slices(cluster)[0]?.endpoints[0]?.addresses).toEqual(['10.0.0.8'])
  })

  it('loses its slice with its last address', async () => {
    const cluster = await mirrored()
    cluster.registry.modify(endpoints, 'db', 'web', draft => {
      draft.subsets = []
    })
    await cluster.settle()
    expect(slices(cluster)).toEqual([])
  })

  it('takes its Endpoints with it when it is deleted', async () => {
    const cluster = await mirrored()
    cluster.registry.delete(services, 'db', 'web')
    await cluster.settle()
    expect(cluster.registry.get(endpoints, 'db', 'web')).toBeUndefined()
    expect(slices(cluster)).toEqual([])
  })

  it('that never existed costs nobody their Endpoints', async () => {
    const cluster = await start()
    cluster.registry.create(endpoints, written('10.0.0.9'))
    await cluster.settle()
    cluster.registry.modify(endpoints, 'db', 'web', draft => {
      draft.metadata = {...draft.metadata, annotations: {leader: 'x-1'}}
    })
    await cluster.settle()
    expect(cluster.registry.get(endpoints, 'db', 'web')).toBeDefined()
    expect(slices(cluster)).toEqual([])
  })
})
