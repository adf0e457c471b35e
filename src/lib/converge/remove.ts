import {forbiddenError, timedOutError} from '../errors.ts'
import {Label} from '../model/labels.ts'
import {text} from '../observe/fields.ts'
import {clusterSelector} from '../observe/look.ts'
import type {Clock, DocumentRef, KindRef, Kube, KubeObject, ObjectRef, PgkReason, Store} from '../ports.ts'
import {refOf} from './act.ts'

const volumeKind = {apiVersion: 'v1', kind: 'PersistentVolumeClaim'}
const secretKind = {apiVersion: 'v1', kind: 'Secret'}

const podKind = {apiVersion: 'v1', kind: 'Pod'}

/** Backups that would start again or get in the way of a clean stop. */
const jobKinds: readonly KindRef[] = [
  {apiVersion: 'batch/v1', kind: 'CronJob'},
  {apiVersion: 'batch/v1', kind: 'Job'},
]
const workloadKinds: readonly KindRef[] = [
  {apiVersion: 'apps/v1', kind: 'StatefulSet'},
  {apiVersion: 'apps/v1', kind: 'Deployment'},
]
/** Patroni writes its Endpoints as long as it runs, so what follows waits until no pod is left. */
const afterwards: readonly KindRef[] = [
  {apiVersion: 'v1', kind: 'Service'},
  {apiVersion: 'v1', kind: 'Endpoints'},
  {apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice'},
  {apiVersion: 'policy/v1', kind: 'PodDisruptionBudget'},
  {apiVersion: 'v1', kind: 'ConfigMap'},
  {apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding'},
  {apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role'},
  {apiVersion: 'v1', kind: 'ServiceAccount'},
]

export interface Volume {
  name: string
  /** As requested: `10Gi`. */
  size: string | null
  holds: 'data' | 'backups'
}

/** What deleting a cluster would end, and what it would keep or lose. */
export interface Remains {
  pods: readonly string[]
  volumes: readonly Volume[]
  /** Passwords and the CA: kept with the volumes, so that clients find them again. */
  secrets: readonly string[]
}

const nameOf = (object: KubeObject): string => object.metadata.name ?? ''

/** A Job's pod that is done stops nothing. */
const ended = (pod: KubeObject): boolean =>
  ['Succeeded', 'Failed'].includes(text(pod, 'status', 'phase') ?? '')

/** Secrets that outlive a cluster: those without an owner. */
const outlives = ({metadata}: KubeObject): boolean => (metadata.ownerReferences ?? []).length === 0

export async function remainsOf(kube: Kube, {namespace, name}: DocumentRef): Promise<Remains> {
  const options = {namespace, labelSelector: clusterSelector(name)}
  const [pods, volumes, secrets] = await Promise.all([
    kube.list({apiVersion: 'v1', kind: 'Pod'}, options),
    kube.list(volumeKind, options),
    kube.list(secretKind, options),
  ])
  return {
    pods: pods.filter(pod => !ended(pod)).map(nameOf),
    volumes: volumes.map(claim => ({
      name: nameOf(claim),
      size: text(claim, 'spec', 'resources', 'requests', 'storage') ?? null,
      holds: claim.metadata.labels?.[Label.pgbackrestVolume] === undefined ? 'data' : 'backups',
    })),
    secrets: secrets.filter(outlives).map(nameOf),
  }
}

export interface RemoveRequest {
  cluster: DocumentRef
  /** Also the volumes, the backups on them, the passwords and the CA. */
  purge: boolean
  timeoutSeconds: number
  signal: AbortSignal
  progress: (
    steps: {id: string; title: string; state: 'active' | 'done' | 'pending'}[],
    waiting: string | undefined,
  ) => void
}

interface Ports {
  kube: Kube
  store: Store
  clock: Clock
}

/** Selects what belongs to instances, as against the repository host. */
const instancesOf = (cluster: string): string => `${clusterSelector(cluster)},${Label.instance}`

async function removeAll(
  kube: Kube,
  kinds: readonly KindRef[],
  namespace: string,
  labelSelector: string,
): Promise<void> {
  const options = {namespace, labelSelector}
  for (const kind of kinds) {
    const found = await kube.list(kind, options)
    await Promise.all(found.map(object => kube.delete(refOf({...object, ...kind}))))
  }
}

/** Waits until the API shows no object of a kind any more. */
async function waitForNone(
  ports: Ports,
  kind: KindRef,
  request: RemoveRequest,
  labelSelector: string,
): Promise<void> {
  const {namespace, name} = request.cluster
  const gone = Promise.withResolvers<void>()
  let left: readonly ObjectRef[] = []
  let lost: PgkReason | undefined
  const watch = ports.kube.watch(
    kind,
    {namespace, labelSelector},
    {
      changed: objects => {
        lost = undefined
        left = objects.map(object => refOf({...object, ...kind}))
        if (objects.length === 0) gone.resolve()
      },
      lost: reason => {
        lost = reason
      },
    },
  )
  const late = new AbortController()
  const signal = AbortSignal.any([request.signal, late.signal])
  const timeout = ports.clock.sleep(request.timeoutSeconds * 1000, signal).then(() => {
    throw timedOutError('TIMED_OUT', `some ${kind.kind} objects are still there`, {
      object: `cluster ${namespace}/${name}`,
      reason: lost?.reason ?? left.map(ref => ref.name).join(', '),
      hints: ['Run the same command again to go on waiting.'],
    })
  })
  try {
    await Promise.race([gone.promise, timeout])
  } finally {
    watch.stop()
    late.abort()
    timeout.catch(() => undefined)
  }
}

/** Asked before anything is gone: volumes without the passwords and the CA would be of little use. */
async function requireVolumeRights(kube: Kube, namespace: string): Promise<void> {
  const right = {verb: 'delete', group: '', resource: 'persistentvolumeclaims', namespace}
  if (await kube.canI(right)) return
  throw forbiddenError('FORBIDDEN', `you may not delete persistentvolumeclaims in namespace ${namespace}`, {
    object: `namespace ${namespace}`,
    reason: 'a purge removes the volumes; nothing has been touched',
    hints: [
      'Leave --purge out to keep them, or ask for this rule in a Role:',
      '- {apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["delete"]}',
    ],
  })
}

/**
 * Deletes a cluster. The instances stop first, while the repository still takes their last WAL; then goes
 * the document, so that nobody brings it back, and what it is made of; and with `purge` what would otherwise
 * be kept. Safe to run again at any point, also when the document is gone.
 */
export async function removeCluster(ports: Ports, request: RemoveRequest): Promise<void> {
  const {kube, store} = ports
  const {cluster, purge} = request
  const titles = [
    ['stop', 'Instances stopped'],
    ['objects', 'Objects removed'],
    ...(purge ? [['volumes', 'Volumes and backups removed']] : []),
  ]
  const show = (active: number, waiting?: string): void =>
    request.progress(
      titles.map(([id = '', title = ''], index) => ({
        id,
        title,
        state: index < active ? 'done' : index === active ? 'active' : 'pending',
      })),
      waiting,
    )
  const {namespace, name} = cluster
  await store.refuseOperator(cluster)
  if (purge) await requireVolumeRights(kube, namespace)
  const all = clusterSelector(name)
  const instances = instancesOf(name)
  show(0, 'the instances stop')
  await removeAll(kube, jobKinds, namespace, all)
  await removeAll(kube, workloadKinds, namespace, instances)
  await waitForNone(ports, podKind, request, instances)
  show(1, 'the last pods end')
  await store.remove(cluster)
  await removeAll(kube, workloadKinds, namespace, all)
  await waitForNone(ports, podKind, request, all)
  await removeAll(kube, afterwards, namespace, all)
  const secrets = await kube.list(secretKind, {namespace, labelSelector: all})
  const going = purge ? secrets : secrets.filter(secret => !outlives(secret))
  await Promise.all(going.map(secret => kube.delete(refOf({...secret, ...secretKind}))))
  if (purge) {
    show(2, 'the volumes go')
    await removeAll(kube, [volumeKind], namespace, all)
    await waitForNone(ports, volumeKind, request, all)
  }
  show(titles.length)
}
