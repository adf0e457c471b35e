import type {Deployment, ReplicaSet} from 'kubernetes-types/apps/v1.d.ts'
import type {PodTemplateSpec} from 'kubernetes-types/core/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {deployments, replicaSets} from '../../resources.ts'
import {matcherOf} from '../../selector.ts'
import {annotationsOf, nameOf, namespaceOf} from '../identity.ts'
import {claim, controllerReference} from '../ownership.ts'
import {canonicalJson, fnv32, safeEncode} from '../revisionhash.ts'

export const hashLabel = 'pod-template-hash'
export const revisionAnnotation = 'deployment.kubernetes.io/revision'
const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas'
const maxAnnotation = 'deployment.kubernetes.io/max-replicas'
/** About the Deployment alone, hence not copied to its ReplicaSets. */
const ownAnnotations = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  desiredAnnotation,
  maxAnnotation,
])

export interface Sets {
  /** Of the template as it is now; absent until the rollout makes it. */
  current: ReplicaSet | undefined
  /** Oldest first. */
  old: ReplicaSet[]
}

export function setsOf(registry: Registry, deployment: Deployment): Sets {
  const all = claim(registry, {
    ownerType: deployments,
    owner: deployment,
    type: replicaSets,
    matches: matcherOf(deployment.spec?.selector),
  })
  all.sort((a, b) => revisionOf(a) - revisionOf(b))
  const wanted = canonicalJson(withoutHash(deployment.spec?.template))
  const current = all.find(set => canonicalJson(withoutHash(set.spec?.template)) === wanted)
  return {current, old: all.filter(set => set !== current)}
}

export const revisionOf = (object: ReplicaSet | Deployment): number =>
  Number(annotationsOf(object)[revisionAnnotation] ?? 0)

function withoutHash(template: PodTemplateSpec | undefined): unknown {
  const {[hashLabel]: _, ...labels} = template?.metadata?.labels ?? {}
  return {...template, metadata: {...template?.metadata, labels}}
}

function wantedAnnotations(deployment: Deployment, revision: number, max: number): Record<string, string> {
  const copied = Object.entries(annotationsOf(deployment)).filter(([key]) => !ownAnnotations.has(key))
  return {
    ...Object.fromEntries(copied),
    [revisionAnnotation]: String(revision),
    [desiredAnnotation]: String(deployment.spec?.replicas ?? 1),
    [maxAnnotation]: String(max),
  }
}

/** Creates the ReplicaSet of the present template, or renumbers the one that a rollback brought back. */
export function ensureCurrent(
  registry: Registry,
  deployment: Deployment,
  {current, old}: Sets,
  max: number,
): {set: ReplicaSet; created: boolean} {
  const newest = Math.max(0, ...old.map(revisionOf))
  const revision = current && revisionOf(current) > newest ? revisionOf(current) : newest + 1
  noteRevision(registry, deployment, revision)
  if (!current) return {set: create(registry, deployment, revision, max), created: true}
  const set = registry.modify(replicaSets, namespaceOf(current), nameOf(current), draft => {
    draft.metadata = {
      ...draft.metadata,
      annotations: {...annotationsOf(draft), ...wantedAnnotations(deployment, revision, max)},
    }
    const minReadySeconds = deployment.spec?.minReadySeconds
    if (draft.spec && minReadySeconds !== undefined) draft.spec.minReadySeconds = minReadySeconds
  })
  return {set: set ?? current, created: false}
}

function noteRevision(registry: Registry, deployment: Deployment, revision: number): void {
  registry.modify(deployments, namespaceOf(deployment), nameOf(deployment), draft => {
    draft.metadata = {
      ...draft.metadata,
      annotations: {...annotationsOf(draft), [revisionAnnotation]: String(revision)},
    }
  })
}

function create(registry: Registry, deployment: Deployment, revision: number, max: number): ReplicaSet {
  let collisions = deployment.status?.collisionCount ?? 0
  const template = structuredClone(deployment.spec?.template ?? {})
  const nameFor = (): {hash: string; name: string} => {
    const hash = safeEncode(String(fnv32(canonicalJson(template) + (collisions || ''))))
    return {hash, name: `${nameOf(deployment)}-${hash}`}
  }
  let {hash, name} = nameFor()
  while (registry.get(replicaSets, namespaceOf(deployment), name)) {
    collisions += 1
    ;({hash, name} = nameFor())
  }
  if (collisions > (deployment.status?.collisionCount ?? 0)) noteCollisions(registry, deployment, collisions)
  const labels = {...template.metadata?.labels, [hashLabel]: hash}
  const {selector, minReadySeconds} = deployment.spec ?? {}
  return registry.create<ReplicaSet>(replicaSets, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: namespaceOf(deployment),
      labels,
      annotations: wantedAnnotations(deployment, revision, max),
      ownerReferences: [controllerReference(deployments, deployment)],
    },
    spec: {
      replicas: 0,
      ...(minReadySeconds ? {minReadySeconds} : {}),
      selector: {...selector, matchLabels: {...selector?.matchLabels, [hashLabel]: hash}},
      template: {...template, metadata: {...template.metadata, labels}},
    },
  })
}

function noteCollisions(registry: Registry, deployment: Deployment, collisions: number): void {
  registry.modify(
    deployments,
    namespaceOf(deployment),
    nameOf(deployment),
    draft => {
      draft.status = {...draft.status, collisionCount: collisions}
    },
    'status',
  )
}

/** Deletes the oldest ReplicaSets without pods, down to the history limit. */
export function forgetOld(registry: Registry, deployment: Deployment, old: readonly ReplicaSet[]): void {
  const idle = old.filter(
    ({spec, status, metadata}) => !spec?.replicas && !status?.replicas && !metadata?.deletionTimestamp,
  )
  const excess = idle.length - (deployment.spec?.revisionHistoryLimit ?? 10)
  for (const set of idle.slice(0, Math.max(0, excess))) {
    registry.delete(replicaSets, namespaceOf(set), nameOf(set))
  }
}
