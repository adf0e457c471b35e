import type {Namespace, NamespaceCondition} from 'kubernetes-types/core/v1.d.ts'
import type {KubeObject, Registry} from '../../registry.ts'
import {namespaces} from '../../resources.ts'
import type {Clock} from '../clock.ts'
import {timestamp} from '../clock.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, subject} from '../controller.ts'
import {isDeleting, nameOf} from '../identity.ts'

const finalizer = 'kubernetes'

/** Empties a namespace that is being deleted, custom kinds included, and lets it go when nothing is left. */
export function startNamespaceLifecycle(context: ControllerContext): Stop {
  const {registry, clock} = context
  const terminating = new Set<string>()
  return runController(context, {
    name: 'namespace',
    sources: [
      subject(registry, namespaces),
      {
        watch: queue =>
          registry.watchAll((_, {object}) => {
            const namespace = object.metadata?.namespace
            if (namespace !== undefined && terminating.has(namespace)) queue.add(namespace)
          }),
        initial: () => [],
      },
    ],
    sync: name => {
      const namespace = registry.get(namespaces, undefined, name)
      if (!namespace || !isDeleting(namespace)) {
        terminating.delete(name)
        return
      }
      terminating.add(name)
      if (!namespace.spec?.finalizers?.includes(finalizer)) return
      const remaining = empty(registry, name)
      setConditions(registry, clock, namespace, remaining)
      if (remaining.count === 0) release(registry, name)
    },
  })
}

interface Remaining {
  count: number
  /** Objects by kind: `pods.` for core, `jobs.batch`. */
  kinds: Map<string, number>
  finalizers: Map<string, number>
}

function empty(registry: Registry, namespace: string): Remaining {
  const remaining: Remaining = {count: 0, kinds: new Map(), finalizers: new Map()}
  for (const type of registry.types()) {
    if (!type.namespaced) continue
    for (const object of registry.list(type, {namespace})) {
      if (!isDeleting(object)) registry.delete(type, namespace, nameOf(object), {propagation: 'Background'})
    }
    for (const object of registry.list(type, {namespace}))
      note(remaining, `${type.plural}.${type.group}`, object)
  }
  return remaining
}

function note(remaining: Remaining, kind: string, object: KubeObject): void {
  remaining.count += 1
  remaining.kinds.set(kind, (remaining.kinds.get(kind) ?? 0) + 1)
  for (const name of object.metadata?.finalizers ?? []) {
    remaining.finalizers.set(name, (remaining.finalizers.get(name) ?? 0) + 1)
  }
}

function release(registry: Registry, name: string): void {
  registry.modify(
    namespaces,
    undefined,
    name,
    draft => {
      draft.spec = {
        ...draft.spec,
        finalizers: draft.spec?.finalizers?.filter(each => each !== finalizer) ?? [],
      }
    },
    'finalize',
  )
}

type Finding = Pick<NamespaceCondition, 'type' | 'status' | 'reason' | 'message'>

function findings({count, kinds, finalizers}: Remaining): Finding[] {
  const listed = (counts: ReadonlyMap<string, number>, verb: string): string =>
    Array.from(counts, ([name, number]) => `${name} ${verb} ${number} resource instances`)
      .sort()
      .join(', ')
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      status: 'False',
      reason: 'ResourcesDiscovered',
      message: 'All resources successfully discovered',
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      status: 'False',
      reason: 'ParsedGroupVersions',
      message: 'All legacy kube types successfully parsed',
    },
    {
      type: 'NamespaceDeletionContentFailure',
      status: 'False',
      reason: 'ContentDeleted',
      message: 'All content successfully deleted, may be waiting on finalization',
    },
    count > 0
      ? {
          type: 'NamespaceContentRemaining',
          status: 'True',
          reason: 'SomeResourcesRemain',
          message: `Some resources are remaining: ${listed(kinds, 'has')}`,
        }
      : {
          type: 'NamespaceContentRemaining',
          status: 'False',
          reason: 'ContentRemoved',
          message: 'All content successfully removed',
        },
    finalizers.size > 0
      ? {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `Some content in the namespace has finalizers remaining: ${listed(finalizers, 'in')}`,
        }
      : {
          type: 'NamespaceFinalizersRemaining',
          status: 'False',
          reason: 'ContentHasNoFinalizers',
          message: 'All content-preserving finalizers finished',
        },
  ]
}

function setConditions(registry: Registry, clock: Clock, namespace: Namespace, remaining: Remaining): void {
  registry.modify(
    namespaces,
    undefined,
    nameOf(namespace),
    draft => {
      const before = draft.status?.conditions ?? []
      const conditions = findings(remaining).map(finding => {
        const was = before.find(({type}) => type === finding.type)
        const since = was?.status === finding.status ? was.lastTransitionTime : undefined
        return {...finding, lastTransitionTime: since ?? timestamp(clock.now())}
      })
      draft.status = {...draft.status, phase: 'Terminating', conditions}
    },
    'status',
  )
}
