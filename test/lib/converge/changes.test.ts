import {expect, it} from 'vitest'
import {objectChanges} from '../../../src/lib/converge/changes.ts'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import type {KubeObject} from '../../../src/lib/ports.ts'
import {clusterDocument, fakeDeps} from '../../fakes/deps.ts'

const volume = {volumeClaimSpec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}}}
const backups = {pgbackrest: {repos: [{name: 'repo1', volume}]}}

const object = (kind: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: {name, namespace: 'db'},
})

async function created(status: object, objects: KubeObject[] = []): Promise<string[]> {
  const {kube, clock, random} = fakeDeps({objects})
  const document = withDefaults(parseDocument({...clusterDocument('hippo', {backups}), status}, 'test'))
  const ports = {
    kube,
    clock,
    random,
    render: () => [[object('Service', 'hippo-pods')]],
    firstBackupJob: () => object('Job', 'hippo-backup-init1'),
    images: () => ({postgres: 'p', pgbackrest: 'p'}),
  }
  const changes = await objectChanges(ports, {
    document,
    namespace: 'db',
    clusterDomain: 'cluster.local',
    owner: undefined,
    mode: 'client',
  })
  expect(kube.written).toEqual([])
  const told = new Set(changes.filter(({kind}) => kind === 'Secret').map(({diff}) => diff))
  expect(told).toEqual(new Set(['']))
  return changes.filter(({action}) => action === 'create').map(({kind, name}) => `${kind}/${name}`)
}

it('of a new cluster names the Secrets and the first backup, which are not rendered', async () => {
  const names = await created({})
  expect(names).toEqual(
    expect.arrayContaining([
      'Service/hippo-pods',
      'Secret/hippo-root-cacert',
      'Secret/hippo-pguser-app',
      'Job/hippo-backup-init1',
    ]),
  )
  expect(new Set(names).size).toBe(names.length)
})

it('makes no first backup where there is one', async () => {
  const repos = [{name: 'repo1', stanzaCreated: true, replicaCreateBackupComplete: true}]
  expect(await created({pgbackrest: {repos}})).not.toContain('Job/hippo-backup-init1')
})
