import {describe, expect, it} from 'vitest'
import {startServiceAccounts} from '../../../../src/lib/sandbox/controllers/namespaces/accounts.ts'
import {startNamespaceLifecycle} from '../../../../src/lib/sandbox/controllers/namespaces/lifecycle.ts'
import {startRootCertificate} from '../../../../src/lib/sandbox/controllers/namespaces/rootca.ts'
import type {ResourceType} from '../../../../src/lib/sandbox/registry.ts'
import {configMaps, namespaces, pods, serviceAccounts} from '../../../../src/lib/sandbox/resources.ts'
import {Cluster} from './cluster.ts'

const widgets: ResourceType = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
}

async function withNamespace(): Promise<Cluster> {
  const cluster = await new Cluster().start(startServiceAccounts, startNamespaceLifecycle, context =>
    startRootCertificate(context, 'PEM'),
  )
  cluster.registry.serve(widgets)
  cluster.registry.create(namespaces, {metadata: {name: 'db'}})
  await cluster.settle()
  return cluster
}

const found = (cluster: Cluster) => cluster.registry.get(namespaces, undefined, 'db')

describe('a new namespace', () => {
  it('gets the default account and the CA certificate, again when they are deleted', async () => {
    const cluster = await withNamespace()
    cluster.registry.delete(serviceAccounts, 'db', 'default')
    cluster.registry.delete(configMaps, 'db', 'kube-root-ca.crt')
    await cluster.settle()
    expect(cluster.registry.get(serviceAccounts, 'db', 'default')).toBeDefined()
    expect(cluster.registry.get(configMaps, 'db', 'kube-root-ca.crt')?.data).toEqual({'ca.crt': 'PEM'})
  })

  it('gets an edited CA certificate repaired', async () => {
    const cluster = await withNamespace()
    cluster.registry.modify(configMaps, 'db', 'kube-root-ca.crt', draft => {
      draft.data = {}
    })
    await cluster.settle()
    expect(cluster.registry.get(configMaps, 'db', 'kube-root-ca.crt')?.data).toEqual({'ca.crt': 'PEM'})
  })
})

describe('a deleted namespace', () => {
  it('goes only after all its content, custom kinds included', async () => {
    const cluster = await withNamespace()
    cluster.registry.create(widgets, {metadata: {name: 'w', namespace: 'db'}})
    const metadata = {name: 'p', namespace: 'db'}
    cluster.registry.create(pods, {metadata, spec: {containers: [], nodeName: 'node-1'}})
    cluster.registry.delete(namespaces, undefined, 'db')
    await cluster.settle()
    expect(cluster.registry.list(widgets)).toEqual([])
    expect(found(cluster)?.status).toMatchObject({
      phase: 'Terminating',
      conditions: expect.arrayContaining([
        expect.objectContaining({
          type: 'NamespaceContentRemaining',
          status: 'True',
          message: 'Some resources are remaining: pods. has 1 resource instances',
        }),
      ]),
    })
    await cluster.gone('p')
    expect(found(cluster)).toBeUndefined()
    expect(cluster.registry.list(serviceAccounts)).toEqual([])
  })

  it('names the finalizers that hold it', async () => {
    const cluster = await withNamespace()
    const metadata = {name: 'w', namespace: 'db', finalizers: ['example.com/hold']}
    cluster.registry.create(widgets, {metadata})
    cluster.registry.delete(namespaces, undefined, 'db')
    await cluster.settle()
    expect(found(cluster)?.status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'NamespaceFinalizersRemaining',
        status: 'True',
        message:
          'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
      }),
    )
  })
})
