import type {ControllerRevision, StatefulSet} from 'kubernetes-types/apps/v1.d.ts'
import type {Pod, PodTemplateSpec} from 'kubernetes-types/core/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {StatusError} from '../../registry.ts'
import {controllerRevisions, statefulSets} from '../../resources.ts'
import {matcherOf} from '../../selector.ts'
import {nameOf, namespaceOf} from '../identity.ts'
import {claim, controllerReference} from '../ownership.ts'
import {canonicalJson, revisionHash} from '../revisionhash.ts'
import {revisionOf} from './pod.ts'

export interface Revisions {
  current: ControllerRevision
  update: ControllerRevision
  all: ControllerRevision[]
  collisions: number
}

const hashLabel = 'controller.kubernetes.io/hash'

/** What a revision stores: a patch that puts this template back. */
const dataOf = (set: StatefulSet): unknown => ({spec: {template: {...set.spec?.template, $patch: 'replace'}}})

/** The pod template of a revision. */
export function templateOf(revision: ControllerRevision, set: StatefulSet): PodTemplateSpec {
  if (!isTemplatePatch(revision.data)) return set.spec?.template ?? {}
  const {$patch: _, ...template} = revision.data.spec.template
  return template
}

interface TemplatePatch {
  spec: {template: PodTemplateSpec & {$patch?: string}}
}

/** A patch's template passed the StatefulSet's validation before it was stored; a stranger's lacks containers. */
function isTemplatePatch(data: unknown): data is TemplatePatch {
  const containers = at(at(at(at(data, 'spec'), 'template'), 'spec'), 'containers')
  return Array.isArray(containers)
}

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined

function newRevision(set: StatefulSet, number: number, collisions: number): ControllerRevision {
  const data = dataOf(set)
  const hash = revisionHash(data, collisions)
  const annotations = set.metadata?.annotations
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${nameOf(set)}-${hash}`,
      namespace: namespaceOf(set),
      labels: {...set.spec?.template.metadata?.labels, [hashLabel]: hash},
      ...(annotations ? {annotations: {...annotations}} : {}),
      ownerReferences: [controllerReference(statefulSets, set)],
    },
    data: JSON.parse(canonicalJson(data)),
    revision: number,
  }
}

/** Finds or creates the revisions that the set's status and template name. */
export function ensureRevisions(registry: Registry, set: StatefulSet): Revisions {
  const all = claim(registry, {
    ownerType: statefulSets,
    owner: set,
    type: controllerRevisions,
    matches: matcherOf(set.spec?.selector),
  }).sort((a, b) => a.revision - b.revision)
  let collisions = set.status?.collisionCount ?? 0
  const last = all.at(-1)
  const wanted = newRevision(set, (last?.revision ?? 0) + 1, collisions)
  const same = all.findLast(each => sameData(each, wanted))
  let update: ControllerRevision
  if (same && same === last) update = same
  else if (same) update = renumber(registry, same, wanted.revision)
  else {
    const created = createRevision(registry, set, wanted, collisions)
    update = created.revision
    collisions = created.collisions
    all.push(update)
  }
  const current = all.find(each => nameOf(each) === set.status?.currentRevision) ?? update
  return {current, update, all, collisions}
}

const sameData = (a: ControllerRevision, b: ControllerRevision): boolean =>
  canonicalJson(a.data) === canonicalJson(b.data)

function renumber(registry: Registry, revision: ControllerRevision, number: number): ControllerRevision {
  const changed = registry.modify(controllerRevisions, namespaceOf(revision), nameOf(revision), draft => {
    draft.revision = number
  })
  return changed ?? revision
}

/** Another revision may have taken the name by a collision of hashes: then the next hash is tried. */
function createRevision(
  registry: Registry,
  set: StatefulSet,
  wanted: ControllerRevision,
  collisions: number,
): {revision: ControllerRevision; collisions: number} {
  const existing = registry.get(controllerRevisions, namespaceOf(wanted), nameOf(wanted))
  if (!existing) return {revision: registry.create(controllerRevisions, wanted), collisions}
  if (sameData(existing, wanted)) {
    throw new StatusError(409, 'AlreadyExists', `revision ${nameOf(wanted)} belongs to another set`)
  }
  return createRevision(registry, set, newRevision(set, wanted.revision, collisions + 1), collisions + 1)
}

/** Deletes the oldest revisions that nothing uses, down to the set's history limit. */
export function truncateHistory(registry: Registry, set: StatefulSet, found: Revisions, pods: Pod[]): void {
  const live = new Set([nameOf(found.current), nameOf(found.update), ...pods.map(revisionOf)])
  const unused = found.all.filter(each => !live.has(nameOf(each)))
  const excess = unused.length - (set.spec?.revisionHistoryLimit ?? 10)
  for (const revision of unused.slice(0, Math.max(0, excess))) {
    registry.delete(controllerRevisions, namespaceOf(revision), nameOf(revision))
  }
}
