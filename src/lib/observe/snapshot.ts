import {Label} from '../model/labels.ts'
import {clusterNames, instanceOfPod} from '../model/names.ts'
import {
  type ConfigRecord,
  parseConfigRecord,
  parseSyncRecord,
  type SyncRecord,
} from '../patroni/cluster-state.ts'
import {type Leadership, leadership, parseLeader} from '../patroni/leader.ts'
import {type MemberStatus, parseMember} from '../patroni/member.ts'
import type {KubeObject, PgkReason} from '../ports.ts'
import type {Answers} from './answers.ts'
import type {ObjectView} from './live.ts'
import {
  type JobSeen,
  type PodSeen,
  readJob,
  readPod,
  readStatefulSet,
  readVolume,
  type StatefulSetSeen,
  type VolumeSeen,
} from './seen.ts'

/** One instance as its objects and Patroni show it. */
export interface InstanceSeen {
  /** `hippo-pg-1` */
  name: string
  set: string
  statefulSet: StatefulSetSeen | undefined
  pod: PodSeen | undefined
  member: MemberStatus | undefined
}

/** Everything that is known of one cluster at one moment. A source that failed is a reason, not an error. */
export interface Observed {
  at: Date
  namespace: string
  cluster: string
  objects: ObjectView['objects']
  instances: readonly InstanceSeen[]
  repoHost: PodSeen | undefined
  jobs: readonly JobSeen[]
  volumes: readonly VolumeSeen[]
  leadership: Leadership
  config: ConfigRecord | undefined
  sync: SyncRecord | undefined
  answers: Answers
  unknown: readonly PgkReason[]
}

export const objectsOf = (seen: Pick<Observed, 'objects'>, kind: string): readonly KubeObject[] =>
  seen.objects.get(kind) ?? []

export const findObject = (
  seen: Pick<Observed, 'objects'>,
  kind: string,
  name: string,
): KubeObject | undefined => objectsOf(seen, kind).find(object => object.metadata.name === name)

/** The instance that leads now: lock held and renewed in time. */
export function leaderOf(seen: Observed): InstanceSeen | undefined {
  if (seen.leadership.state !== 'held') return undefined
  const leader = instanceOfPod(seen.leadership.leader)
  return seen.instances.find(instance => instance.name === leader)
}

function readInstances(view: ObjectView, pods: readonly PodSeen[]): InstanceSeen[] {
  const sets = (view.objects.get('StatefulSet') ?? [])
    .map(readStatefulSet)
    .filter(set => set.labels[Label.instance] !== undefined)
  const names = new Map<string, string>()
  for (const {labels} of [...sets, ...pods.filter(pod => pod.labels[Label.patroni] !== undefined)]) {
    const name = labels[Label.instance]
    if (name !== undefined) names.set(name, labels[Label.instanceSet] ?? '')
  }
  const raw = view.objects.get('Pod') ?? []
  return [...names]
    .map(([name, set]) => {
      const pod = pods.find(candidate => candidate.name === `${name}-0`)
      return {
        name,
        set,
        statefulSet: sets.find(candidate => candidate.labels[Label.instance] === name),
        pod,
        member: pod && parseMember(raw.find(object => object.metadata.name === pod.name)),
      }
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en', {numeric: true}))
}

export interface SnapshotRequest {
  at: Date
  namespace: string
  cluster: string
}

/** Pure: what the objects and the answers say together. */
export function snapshot(request: SnapshotRequest, view: ObjectView, answers: Answers): Observed {
  const names = clusterNames(request.cluster)
  const pods = (view.objects.get('Pod') ?? []).map(readPod)
  const endpoints = (name: string): KubeObject | undefined =>
    view.objects.get('Endpoints')?.find(object => object.metadata.name === name)
  return {
    ...request,
    objects: view.objects,
    instances: readInstances(view, pods),
    repoHost: pods.find(
      pod => pod.labels[Label.pgbackrestDedicated] !== undefined && pod.name === names.repoHostPod,
    ),
    jobs: (view.objects.get('Job') ?? []).map(readJob),
    volumes: (view.objects.get('PersistentVolumeClaim') ?? []).map(readVolume),
    leadership: leadership(parseLeader(endpoints(names.ha)), request.at),
    config: parseConfigRecord(endpoints(names.haConfig)),
    sync: parseSyncRecord(endpoints(names.haSync)),
    answers,
    unknown: [...view.unknown, ...answers.unknown],
  }
}
