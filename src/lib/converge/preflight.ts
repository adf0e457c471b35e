import {unplaceable} from '../decide/placement.ts'
import {factsOf, planTopology} from '../decide/topology.ts'
import {notFoundError, PgkError, refusedError} from '../errors.ts'
import type {CompleteCluster} from '../model/document.ts'
import {noAnswers} from '../observe/answers.ts'
import {text} from '../observe/fields.ts'
import {clusterSelector} from '../observe/look.ts'
import {snapshot} from '../observe/snapshot.ts'
import type {Kube, KubeObject} from '../ports.ts'
import type {EnginePorts} from './engine.ts'
import {checkRights} from './rights.ts'

export interface PreflightRequest {
  document: CompleteCluster
  namespace: string
  clusterDomain: string
  now: Date
}

/** Reads something that a user of one namespace may not be allowed to see; undefined then. */
async function ifAllowed<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof PgkError && error.code === 'PGK_FORBIDDEN') return undefined
    throw error
  }
}

const storageKind = {apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass'}
const defaultClass = 'storageclass.kubernetes.io/is-default-class'

function storageClasses({spec}: CompleteCluster): (string | undefined)[] {
  const claims = [
    ...spec.instances.flatMap(set => [set.dataVolumeClaimSpec, set.walVolumeClaimSpec ?? []].flat()),
    ...(spec.backups?.pgbackrest?.repos ?? []).flatMap(({volume}) => volume?.volumeClaimSpec ?? []),
  ]
  return [...new Set(claims.map(claim => text(claim, 'storageClassName')))]
}

async function checkStorage(kube: Kube, document: CompleteCluster): Promise<void> {
  const known = await ifAllowed(kube.list(storageKind))
  if (known === undefined) return
  const names = known.map(({metadata}) => metadata.name ?? '')
  for (const wanted of storageClasses(document)) {
    if (wanted !== undefined && wanted !== '' && !names.includes(wanted)) {
      throw notFoundError('STORAGE_CLASS_NOT_FOUND', `there is no storage class ${wanted}`, {
        object: `StorageClass ${wanted}`,
        hints: [
          names.length === 0
            ? 'This Kubernetes has none: install a provisioner of volumes first.'
            : `There are: ${names.join(', ')}. Name one with --storage-class, or none for the default one.`,
        ],
      })
    }
    const hasDefault = known.some(({metadata}) => metadata.annotations?.[defaultClass] === 'true')
    if (wanted === undefined && !hasDefault) {
      throw notFoundError('STORAGE_CLASS_NOT_FOUND', 'there is no default storage class', {
        object: 'StorageClasses of this Kubernetes',
        hints: [`Name one with --storage-class: ${names.join(', ')}.`],
      })
    }
  }
}

/** Throws where it is certain that there is no such namespace. */
export async function checkNamespace(kube: Kube, namespace: string): Promise<void> {
  const ref = {apiVersion: 'v1', kind: 'Namespace', name: namespace}
  const found = await ifAllowed(kube.get(ref).then(object => ({object})))
  if (found === undefined || found.object !== undefined) return
  throw notFoundError('NAMESPACE_NOT_FOUND', `there is no namespace ${namespace}`, {
    object: `Namespace ${namespace}`,
    hints: [`Create it: kubectl create namespace ${namespace}`],
  })
}

/** Data and backups of an earlier cluster of that name would be taken over by whichever instance starts first. */
async function checkLeftVolumes(kube: Kube, namespace: string, cluster: string): Promise<void> {
  const claim = {apiVersion: 'v1', kind: 'PersistentVolumeClaim'}
  const found = await kube.list(claim, {namespace, labelSelector: clusterSelector(cluster)})
  // A repository of an earlier cluster holds another database: it would be refused once Postgres runs.
  const kept = found.map(({metadata}) => metadata.name ?? '')
  if (kept.length === 0) return
  throw refusedError('VOLUMES_LEFT', `volumes of an earlier cluster ${cluster} are still there`, {
    object: `namespace ${namespace}`,
    reason: kept.join(', '),
    hints: [
      `Choose another name, or remove them and all they hold: pgk delete cluster ${cluster} -n ${namespace} --purge`,
    ],
  })
}

/**
 * An object that somebody else made would be taken over, and be deleted with the cluster. What Kubernetes
 * itself wrote into one is no sign of that.
 */
function refuseForeign({apiVersion: _, kind, metadata}: KubeObject): void {
  const managers = (metadata.managedFields ?? []).flatMap(({manager, subresource}) =>
    subresource === undefined && manager !== undefined && manager !== 'pgk' ? [manager] : [],
  )
  const other = managers.find(manager => !manager.startsWith('kube-'))
  if (other === undefined) return
  throw refusedError('NAME_TAKEN', `the ${kind} ${metadata.name} is there already and is not pgk’s`, {
    object: `${kind} ${metadata.namespace}/${metadata.name}`,
    reason: `"${other}" has written it`,
    hints: ['Choose another name for the cluster, or remove that object.'],
  })
}

/** Every object as the API server would take it: admission, quotas and versions speak up before anything is made. */
async function checkObjects(ports: PreflightPorts, request: PreflightRequest): Promise<void> {
  const {document, namespace, clusterDomain, now} = request
  const seen = snapshot(
    {at: now, namespace, cluster: document.metadata.name},
    {objects: new Map(), unknown: []},
    noAnswers,
  )
  const topology = planTopology(document, {}, seen)
  const images = ports.images(document)
  const facts = factsOf({seen, topology, images, clusterDomain, owner: undefined, replicaCreateReady: true})
  const objects: KubeObject[] = [...ports.render(document, facts).flat()]
  if ((document.spec.backups?.pgbackrest?.repos ?? []).length > 0) {
    objects.push(ports.firstBackupJob(document, facts, 1))
  }
  // Whoever may not bind every role can have a binding checked only once its Role is there.
  const checkable = objects.filter(({kind}) => kind !== 'RoleBinding')
  const taken = checkable.map(object => ports.kube.apply(object, {dryRun: true, force: true}))
  for (const object of await Promise.all(taken)) refuseForeign(object)
}

export type PreflightPorts = Pick<EnginePorts, 'kube' | 'render' | 'firstBackupJob' | 'images'>

/** Everything that can be known to fail before the first effect. Throws the first problem; changes nothing. */
export async function preflight(ports: PreflightPorts, request: PreflightRequest): Promise<void> {
  const {kube} = ports
  const {document, namespace} = request
  ports.images(document)
  await checkNamespace(kube, namespace)
  const nodes = ifAllowed(kube.list({apiVersion: 'v1', kind: 'Node'}))
  await Promise.all([
    checkRights(kube, namespace),
    checkStorage(kube, document),
    checkLeftVolumes(kube, namespace, document.metadata.name),
  ])
  const problem = unplaceable(document, (await nodes) ?? [])
  if (problem) throw problem
  await checkObjects(ports, request)
}
