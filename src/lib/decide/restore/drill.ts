import type {CompleteCluster} from '../../model/document.ts'
import {clusterLabels, Label} from '../../model/labels.ts'
import {list, text} from '../../observe/fields.ts'
import type {JobSeen} from '../../observe/seen.ts'
import {findObject, type Observed, objectsOf} from '../../observe/snapshot.ts'
import {type DrillResult, parseDrillResult} from '../../pgbackrest/drill-script.ts'
import type {KubeObject} from '../../ports.ts'
import {claimSpec} from '../../render/instance-view.ts'
import type {Action, Decision, Milestone} from '../decision.ts'
import {still} from '../standstill.ts'
import {sentenceOf} from './jobs.ts'

export interface DrillInput {
  /** The Job's name; its volume and ConfigMap have the same. */
  name: string
  document: CompleteCluster
  /** Instance set whose volumes the scratch volume is like. */
  set: string
  /** The reader's own checks. */
  sql: string | undefined
  job(): KubeObject
}

export interface DrillEnd {
  result: DrillResult | undefined
  /** Why it failed, where it came to no result. */
  words: string
}

/** How a drill ended; undefined while it goes on. */
export function drillEnd(seen: Observed, name: string): DrillEnd | undefined {
  const job = seen.jobs.find(candidate => candidate.name === name)
  if (job === undefined || job.state === 'active') return undefined
  const pods = objectsOf(seen, 'Pod').filter(({metadata}) =>
    metadata.ownerReferences?.some(({uid}) => uid === job.uid),
  )
  const words = pods
    .flatMap(pod => list(pod, 'status', 'containerStatuses'))
    .map(status => text(status, 'state', 'terminated', 'message') ?? '')
    .join('\n')
  return {result: parseDrillResult(words), words: sentenceOf(words) || job.message || 'it left no word'}
}

/** What lives as long as the Job does, and goes with it. */
function scratch(input: DrillInput, seen: Observed, uid: string): KubeObject[] {
  const {name, document, set, sql} = input
  const spec = document.spec.instances.find(candidate => candidate.name === set)?.dataVolumeClaimSpec
  const metadata = {
    name,
    namespace: seen.namespace,
    labels: {...clusterLabels(seen.cluster), [Label.pgbackrestDrill]: ''},
    ownerReferences: [{apiVersion: 'batch/v1', kind: 'Job', name, uid}],
  }
  const claim: KubeObject = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata,
    spec: spec === undefined ? {} : claimSpec(spec),
  }
  const checks: KubeObject = {apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {'check.sql': sql ?? ''}}
  // The pod waits for its volume, and finds the checks when it starts.
  return sql === undefined ? [claim] : [checks, claim]
}

const decision = (part: Partial<Decision>): Decision => ({...still, ...part})

const milestones = (step: number, detail?: string): Milestone[] =>
  ['Scratch volume', 'Backup restored and checked'].map((title, index) => ({
    id: `drill${index}`,
    title,
    state: index < step ? 'done' : index === step ? 'active' : 'pending',
    ...(index === step && detail !== undefined ? {detail} : {}),
  }))

/** Longer than another pgk takes from making the Job to making its volume. */
const volumePatienceSeconds = 120

/** A drill that is over, or whose pgk went before it made the volume: nothing will ever start that one. */
function isLeft(seen: Observed, {name, state, startedAt}: JobSeen): boolean {
  if (state !== 'active') return true
  if (startedAt === undefined || findObject(seen, 'PersistentVolumeClaim', name) !== undefined) return false
  return seen.at.getTime() - Date.parse(startedAt) > volumePatienceSeconds * 1000
}

/** Pure. The next step of a drill: its Job, what the Job needs, and its end. */
export function decideDrill(input: DrillInput, seen: Observed): Decision {
  const {name} = input
  const cleared = seen.jobs
    .filter(job => job.labels[Label.pgbackrestDrill] !== undefined && job.name !== name && !job.deleting)
    .filter(job => isLeft(seen, job))
    .map(({name: old, uid}): Action => ({kind: 'remove-job', job: old, uid}))
  const job = seen.jobs.find(candidate => candidate.name === name)
  if (job === undefined) {
    const actions: Action[] = [...cleared, {kind: 'start-job', job: input.job()}]
    return decision({actions, milestones: milestones(0), waiting: 'the Job starts'})
  }
  if (job.state !== 'active') return decision({milestones: milestones(2), settled: true})
  if (findObject(seen, 'PersistentVolumeClaim', name) === undefined) {
    const waves = [scratch(input, seen, job.uid)]
    return decision({waves, actions: cleared, milestones: milestones(0), waiting: 'its volume is made'})
  }
  return decision({milestones: milestones(1), waiting: 'the backup is restored and checked'})
}
