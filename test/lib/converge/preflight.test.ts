import {expect, it} from 'vitest'
import {preflight} from '../../../src/lib/converge/preflight.ts'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import type {Kube, KubeObject} from '../../../src/lib/ports.ts'
import {clusterDocument} from '../../fakes/deps.ts'
import {fakeKube} from '../../fakes/kube.ts'

const namespace = 'db'
const object = (kind: string, name: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: {name, namespace, ...more},
})
const storageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: {name: 'standard', annotations: {'storageclass.kubernetes.io/is-default-class': 'true'}},
}
const labels = {'postgres-operator.crunchydata.com/cluster': 'hippo'}

function check(objects: KubeObject[], managers: readonly object[] = [{manager: 'pgk'}]) {
  const kube: Kube = {
    ...fakeKube({
      objects: [{...object('Namespace', namespace), metadata: {name: namespace}}, storageClass, ...objects],
    }),
    apply: async applied => ({...applied, metadata: {...applied.metadata, managedFields: [...managers]}}),
  }
  return preflight(
    {
      kube,
      render: () => [[object('Service', 'hippo-pods')]],
      firstBackupJob: () => object('Job', 'hippo-backup-init1'),
      images: () => ({postgres: 'p', pgbackrest: 'p'}),
    },
    {
      document: withDefaults(parseDocument(clusterDocument('hippo'), 'test')),
      namespace,
      clusterDomain: 'cluster.local',
      now: new Date('2026-01-01T12:00:00Z'),
    },
  )
}

it('lets a cluster be made where nothing is in its way', async () => {
  await check(
    [],
    [{manager: 'pgk'}, {manager: 'kube-controller-manager'}, {manager: 'x', subresource: 'status'}],
  )
})

it('refuses to take over an object that somebody else made', async () => {
  await expect(check([], [{manager: 'helm'}, {manager: 'pgk'}])).rejects.toMatchObject({
    code: 'PGK_NAME_TAKEN',
    exitCode: 6,
    object: 'Service db/hippo-pods',
    reason: '"helm" has written it',
  })
})

it.each(['hippo-pg-1-pgdata', 'hippo-repo1'])(
  'refuses to begin over the volume %s of an earlier cluster',
  async name => {
    const kept = object('PersistentVolumeClaim', name, {labels})
    await expect(check([kept])).rejects.toMatchObject({
      code: 'PGK_VOLUMES_LEFT',
      reason: name,
      // What was kept on purpose is not to be removed at the first suggestion.
      hints: [
        expect.stringMatching(/another name/),
        expect.stringMatching(/^What is there: kubectl get/),
        expect.stringMatching(/^Only if nobody needs/),
      ],
    })
  },
)
