import {describe, expect, it} from 'vitest'
import {snapshotOf} from '../../../../src/lib/sandbox/controllers/scheduler/snapshot.ts'
import * as resources from '../../../../src/lib/sandbox/resources.ts'
import {FakeRegistry} from '../../../fakes/registry.ts'

describe('what a node holds already', () => {
  it('includes pods whose volumes are still being made there, so that pods created together spread', () => {
    const registry = new FakeRegistry(() => new Date(0))
    registry.create(resources.nodes, {metadata: {name: 'node-1'}, spec: {}})
    registry.create(resources.persistentVolumeClaims, {
      metadata: {
        name: 'data',
        namespace: 'db',
        annotations: {'volume.kubernetes.io/selected-node': 'node-1'},
      },
      spec: {},
    })
    registry.create(resources.pods, {
      metadata: {name: 'a', namespace: 'db'},
      spec: {containers: [], volumes: [{name: 'v', persistentVolumeClaim: {claimName: 'data'}}]},
    })
    expect(snapshotOf(registry).candidates[0]?.pods).toHaveLength(1)
    const itself = registry.get(resources.pods, 'db', 'a')
    expect(snapshotOf(registry, itself).candidates[0]?.pods).toHaveLength(0)
  })
})
