import {isDeepStrictEqual} from 'node:util'
import {createTwoFilesPatch} from 'diff'
import {stringify} from 'yaml'
import {replicaCreateReady} from '../decide/backups.ts'
import {strays} from '../decide/stray.ts'
import {factsOf, planTopology, type Topology} from '../decide/topology.ts'
import type {CompleteCluster} from '../model/document.ts'
import {clusterNames} from '../model/names.ts'
import {noAnswers} from '../observe/answers.ts'
import {lookAtCluster} from '../observe/live.ts'
import {clusterSelector} from '../observe/look.ts'
import {findObject, type Observed, objectsOf, snapshot} from '../observe/snapshot.ts'
import {reposOf} from '../pgbackrest/repos.ts'
import {planPki} from '../pki/plan.ts'
import type {KubeObject, ObjectRef} from '../ports.ts'
import {outdatedUserSecrets} from '../postgres/user-secrets.ts'
import {isRecord} from '../record.ts'
import type {Owner} from '../render/facts.ts'
import {refOf} from './act.ts'
import type {EnginePorts} from './engine.ts'

export interface ObjectChange {
  kind: string
  name: string
  action: 'create' | 'update' | 'unchanged' | 'delete'
  /** Unified diff of the YAML, values of Secrets masked; empty where nothing changes, and for Secrets that are made. */
  diff: string
}

/** The result of `--dry-run` and `diff`. */
export interface Change {
  apiVersion: 'pgk/v1'
  kind: 'Change'
  consequences: readonly string[]
  objects: readonly ObjectChange[]
}

export interface ChangesRequest {
  document: CompleteCluster
  namespace: string
  clusterDomain: string
  owner: Owner | undefined
  /** `server` lets the API default and check each object; `client` compares what pgk would send. */
  mode: 'client' | 'server'
}

/** The part of `live` that `wanted` speaks of, so that what Kubernetes added is no difference. */
function project(live: unknown, wanted: unknown): unknown {
  if (Array.isArray(wanted) && Array.isArray(live)) {
    return live.length === wanted.length ? live.map((item, index) => project(item, wanted[index])) : live
  }
  if (!isRecord(wanted) || !isRecord(live)) return live
  const kept = Object.keys(wanted).filter(key => live[key] !== undefined)
  return Object.fromEntries(kept.map(key => [key, project(live[key], wanted[key])]))
}

const serverFields = new Set(['managedFields', 'resourceVersion', 'uid', 'generation', 'creationTimestamp'])

/** An object without what the server keeps for itself, and without secret values. */
export function shownObject(object: KubeObject): Record<string, unknown> {
  const {status: _status, metadata, ...rest} = object
  const own = Object.fromEntries(Object.entries(metadata).filter(([key]) => !serverFields.has(key)))
  const masked = object.kind === 'Secret' ? maskData(rest) : rest
  return {...masked, metadata: own}
}

function maskData(object: Record<string, unknown>): Record<string, unknown> {
  const {data} = object
  if (!isRecord(data)) return object
  return {...object, data: Object.fromEntries(Object.keys(data).map(key => [key, '***']))}
}

const yaml = (value: unknown): string => stringify(value, {lineWidth: 0, sortMapEntries: true})

/** Unified diff of two values as YAML; undefined stands for nothing there. */
export function yamlDiff(name: string, before: unknown, after: unknown): string {
  const text = (value: unknown): string => (value === undefined ? '' : yaml(value))
  return createTwoFilesPatch(`now/${name}`, `then/${name}`, text(before), text(after), '', '', {context: 3})
    .split('\n')
    .filter(line => !line.startsWith('====') && !line.startsWith('\\ No newline'))
    .join('\n')
}

function changeOf(ref: ObjectRef, before: unknown, after: unknown): ObjectChange {
  const {kind, name} = ref
  if (before === undefined)
    return {kind, name, action: 'create', diff: yamlDiff(`${kind}/${name}`, before, after)}
  if (isDeepStrictEqual(before, after)) return {kind, name, action: 'unchanged', diff: ''}
  return {kind, name, action: 'update', diff: yamlDiff(`${kind}/${name}`, before, after)}
}

type Ports = Pick<EnginePorts, 'kube' | 'render' | 'images' | 'clock' | 'random' | 'firstBackupJob'>

async function compare(
  ports: Ports,
  {mode}: ChangesRequest,
  seen: Observed,
  wanted: KubeObject,
): Promise<ObjectChange> {
  const ref = refOf(wanted)
  const live = findObject(seen, ref.kind, ref.name)
  // A binding of a Role that is not there yet cannot be checked by who may not bind every role.
  const bindable = wanted.kind !== 'RoleBinding' || objectsOf(seen, 'Role').length > 0
  if (mode === 'server' && bindable) {
    const then = await ports.kube.apply(wanted, {dryRun: true, force: true})
    return changeOf(ref, live && shownObject(live), shownObject(then))
  }
  const then = JSON.parse(JSON.stringify(shownObject(wanted)))
  return changeOf(ref, live && project(shownObject(live), then), then)
}

/** Secrets are made, not rendered: which ones would be, without making any key. */
function secretChanges(
  {random}: Ports,
  {document, namespace, clusterDomain}: ChangesRequest,
  seen: Observed,
  {instances}: Topology,
): ObjectChange[] {
  const existing = objectsOf(seen, 'Secret')
  const plan = planPki({document, namespace, instances, clusterDomain}, existing, seen.at)
  const users = outdatedUserSecrets(document, namespace, existing, random)
  const names = [
    ...(plan.newRoot === undefined ? [] : [clusterNames(plan.cluster).rootCaSecret]),
    ...plan.secrets.map(({secret}) => secret.name),
    ...users.map(({metadata: {name = ''}}) => name),
  ]
  return names.map((name): ObjectChange => {
    const action = findObject(seen, 'Secret', name) === undefined ? 'create' : 'update'
    return {kind: 'Secret', name, action, diff: ''}
  })
}

/** What applying a document would do to each Kubernetes object. Writes nothing. */
export async function objectChanges(ports: Ports, request: ChangesRequest): Promise<ObjectChange[]> {
  const {document, namespace, clusterDomain, owner} = request
  const cluster = document.metadata.name
  const view = await lookAtCluster(ports.kube, {namespace, labelSelector: clusterSelector(cluster)})
  const seen = snapshot({at: ports.clock.now(), namespace, cluster}, view, noAnswers)
  const status = document.status ?? {}
  const topology = planTopology(document, status, seen)
  const repos = reposOf(document).map(({name}) => name)
  const facts = factsOf({
    seen,
    topology,
    images: ports.images(document),
    clusterDomain,
    owner,
    replicaCreateReady: replicaCreateReady(status, repos),
  })
  const waves = ports.render(document, facts)
  const changes = await Promise.all(waves.flat().map(object => compare(ports, request, seen, object)))
  const unsaved = repos.length > 0 && !facts.replicaCreateReady && !document.spec.shutdown
  const made = unsaved ? [await compare(ports, request, seen, ports.firstBackupJob(document, facts, 1))] : []
  // What is there: not every departing instance has all that an instance can have.
  const gone = [...topology.leaving, ...strays(seen, waves, new Set())]
    .filter(({kind, name}) => findObject(seen, kind, name) !== undefined)
    .map(({kind, name}): ObjectChange => ({kind, name, action: 'delete', diff: ''}))
  return [...changes, ...secretChanges(ports, request, seen, topology), ...made, ...gone]
}
