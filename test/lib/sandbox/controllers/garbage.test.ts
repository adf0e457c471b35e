import type {OwnerReference} from 'kubernetes-types/meta/v1.d.ts'
import {describe, expect, it} from 'vitest'
import {startGarbageCollector} from '../../../../src/lib/sandbox/controllers/garbage/collector.ts'
import type {KubeObject, RegistryDelete, ResourceType} from '../../../../src/lib/sandbox/registry.ts'
import {clusterRoles, configMaps, nodes, pods, secrets} from '../../../../src/lib/sandbox/resources.ts'
import {Cluster} from './cluster.ts'

const start = (): Promise<Cluster> => new Cluster().start(startGarbageCollector)

function reference(type: ResourceType, object: KubeObject, block = true): OwnerReference {
  const {name = '', uid = ''} = object.metadata ?? {}
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`
  return {apiVersion, kind: type.kind, name, uid, blockOwnerDeletion: block}
}

function map(cluster: Cluster, name: string, ...ownerReferences: OwnerReference[]): KubeObject {
  return cluster.registry.create(configMaps, {metadata: {name, namespace: 'db', ownerReferences}})
}

const names = (cluster: Cluster): string[] =>
  cluster.registry.list(configMaps).map(each => each.metadata?.name ?? '')

async function remove(cluster: Cluster, name: string, options: RegistryDelete = {}): Promise<void> {
  cluster.registry.delete(configMaps, 'db', name, options)
  await cluster.settle()
}

describe('the garbage collector', () => {
  it('deletes the dependents of a deleted owner, and theirs', async () => {
    const cluster = await start()
    const owner = map(cluster, 'owner')
    const child = map(cluster, 'child', reference(configMaps, owner))
    map(cluster, 'grandchild', reference(configMaps, child))
    map(cluster, 'stranger')
    await cluster.settle()
    expect(names(cluster)).toHaveLength(4)
    await remove(cluster, 'owner')
    expect(names(cluster)).toEqual(['stranger'])
  })

  it('deletes an object whose owner never existed or was replaced under its name', async () => {
    const cluster = await start()
    const owner = map(cluster, 'owner')
    map(cluster, 'replaced', {...reference(configMaps, owner), uid: 'other'})
    map(cluster, 'orphaned', {...reference(configMaps, owner), name: 'gone', uid: 'gone'})
    await cluster.settle()
    expect(names(cluster)).toEqual(['owner'])
  })

  it('keeps an object with one owner left and forgets the lost one', async () => {
    const cluster = await start()
    const [one, two] = [map(cluster, 'one'), map(cluster, 'two')]
    map(cluster, 'child', reference(configMaps, one), reference(configMaps, two))
    await cluster.settle()
    await remove(cluster, 'one')
    const child = cluster.registry.get(configMaps, 'db', 'child')
    expect(child?.metadata?.ownerReferences?.map(({name}) => name)).toEqual(['two'])
  })

  it('in the foreground deletes the owner last, and waits only for those that block it', async () => {
    const cluster = await start()
    const owner = map(cluster, 'owner')
    const metadata = {name: 'pod', namespace: 'db', ownerReferences: [reference(configMaps, owner)]}
    cluster.registry.create(pods, {metadata, spec: {containers: [], nodeName: 'node-1'}})
    map(cluster, 'loose', reference(configMaps, owner, false))
    await cluster.settle()
    await remove(cluster, 'owner', {propagation: 'Foreground'})
    expect(names(cluster)).toEqual(['owner'])
    expect(cluster.pod('pod').metadata?.deletionTimestamp).toBeDefined()
    await cluster.gone('pod')
    expect(names(cluster)).toEqual([])
  })

  it('orphans the dependents when asked to', async () => {
    const cluster = await start()
    map(cluster, 'child', reference(configMaps, map(cluster, 'owner')))
    await cluster.settle()
    await remove(cluster, 'owner', {propagation: 'Orphan'})
    expect(names(cluster)).toEqual(['child'])
    expect(cluster.registry.get(configMaps, 'db', 'child')?.metadata?.ownerReferences).toBeUndefined()
  })

  it('follows owners of the whole cluster', async () => {
    const cluster = await start()
    const node = cluster.registry.create(nodes, {metadata: {name: 'node-1'}})
    cluster.registry.create(secrets, {
      metadata: {name: 's', namespace: 'db', ownerReferences: [reference(nodes, node)]},
    })
    await cluster.settle()
    cluster.registry.delete(nodes, undefined, 'node-1')
    await cluster.settle()
    expect(cluster.registry.list(secrets)).toEqual([])
  })

  it('leaves alone what it cannot judge: unknown kinds, and owners in a namespace for a cluster-wide object', async () => {
    const cluster = await start()
    const owner = map(cluster, 'owner')
    map(cluster, 'custom', {apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'w'})
    cluster.registry.create(clusterRoles, {
      metadata: {name: 'role', ownerReferences: [{...reference(configMaps, owner), uid: 'gone'}]},
    })
    await cluster.settle()
    expect(names(cluster)).toEqual(['custom', 'owner'])
    expect(cluster.registry.list(clusterRoles)).toHaveLength(1)
  })

  it('cleans up at its start what was lost while it did not run', async () => {
    const cluster = new Cluster()
    const owner = map(cluster, 'owner')
    map(cluster, 'child', reference(configMaps, owner))
    cluster.registry.delete(configMaps, 'db', 'owner')
    await cluster.start(startGarbageCollector)
    expect(names(cluster)).toEqual([])
  })
})
