import type {KubeObject, Registry} from '../../../registry.ts'
import type {JsonObject} from '../../json.ts'
import {looseOf} from '../define.ts'
import {ensureObject, listAt, objectAt, textAt, textsAt} from '../fields.ts'
import type {ServedKinds} from '../table.ts'
import {type CustomDefinition, customResourceDefinitions, definitionOf} from './definition.ts'

const cleanup = 'customresourcecleanup.apiextensions.k8s.io'

const isDeleted = (object: KubeObject): boolean => object.metadata?.deletionTimestamp !== undefined

const rfc3339 = (now: Date): string => `${now.toISOString().slice(0, 19)}Z`

/** Sets a condition, keeping the time of its last change while its status stays. */
function setCondition(
  status: JsonObject,
  wanted: JsonObject & {type: string; status: string},
  now: Date,
): void {
  const conditions = listAt(status, 'conditions')
  const known = conditions.find(each => each['type'] === wanted.type)
  const since = known?.['status'] === wanted.status ? known['lastTransitionTime'] : rfc3339(now)
  const made = {...wanted, lastTransitionTime: since}
  status['conditions'] = known
    ? conditions.map(each => (each === known ? made : each))
    : [...conditions, made]
}

/** Another definition that already answers to one of these names in the same group. */
function conflictOf(definition: CustomDefinition, others: readonly KubeObject[]): string | undefined {
  const {names} = definition
  for (const other of others) {
    if (textAt(other, 'metadata', 'name') === definition.name) continue
    if (textAt(other, 'spec', 'group') !== definition.group) continue
    const accepted = objectAt(other, 'status', 'acceptedNames')
    const kinds = [textAt(accepted, 'kind'), textAt(accepted, 'listKind')]
    const resources = [
      textAt(accepted, 'plural'),
      textAt(accepted, 'singular'),
      ...textsAt(accepted, 'shortNames'),
    ]
    if (kinds.includes(names.kind)) return `"${names.kind}" is already in use`
    const taken = [names.plural, names.singular, ...names.shortNames].find(name => resources.includes(name))
    if (taken !== undefined) return `"${taken}" is already in use`
  }
  return undefined
}

function establish(draft: JsonObject, conflict: string | undefined, now: Date): void {
  const status = ensureObject(draft, 'status')
  if (conflict !== undefined) {
    setCondition(
      status,
      {type: 'NamesAccepted', status: 'False', reason: 'NameConflict', message: conflict},
      now,
    )
    setCondition(
      status,
      {type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted'},
      now,
    )
    return
  }
  const names = objectAt(draft, 'spec', 'names')
  status['acceptedNames'] = structuredClone(names)
  setCondition(
    status,
    {type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found'},
    now,
  )
  setCondition(
    status,
    {
      type: 'Established',
      status: 'True',
      reason: 'InitialNamesAccepted',
      message: 'the initial names have been accepted',
    },
    now,
  )
}

/** Serves what CustomResourceDefinitions define, for as long as they live. */
export class CustomKinds {
  private readonly kinds: ServedKinds
  private readonly registry: Registry
  private readonly now: () => Date
  private readonly stops: (() => void)[] = []

  constructor(kinds: ServedKinds, registry: Registry, now: () => Date) {
    this.kinds = kinds
    this.registry = registry
    this.now = now
  }

  /** Serves what is defined already, at once, and then follows changes. */
  start(): void {
    for (const object of this.registry.list(customResourceDefinitions)) this.reconcile(object)
    this.stops.push(
      this.registry.watch(customResourceDefinitions, ({type, object}) => {
        if (type === 'DELETED') this.kinds.remove(textAt(object, 'metadata', 'name'))
        else this.reconcile(object)
      }),
      // The last object of a definition that is on its way out lets the definition go.
      this.registry.watchAll((type, change) => {
        if (change.type === 'DELETED') this.releaseOwner(`${type.plural}.${type.group}`)
      }),
    )
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) stop()
  }

  private reconcile(seen: KubeObject): void {
    const name = textAt(seen, 'metadata', 'name')
    const object = this.registry.get(customResourceDefinitions, undefined, name)
    if (object === undefined) return
    const definition = definitionOf(object)
    if (isDeleted(object)) {
      this.kinds.accept(definition)
      this.removeObjects(definition)
      return
    }
    const conflict = conflictOf(definition, this.registry.list(customResourceDefinitions))
    if (conflict === undefined) this.kinds.accept(definition)
    this.registry.modify(customResourceDefinitions, undefined, name, draft => {
      const finalizers = draft.metadata?.finalizers ?? []
      if (!finalizers.includes(cleanup))
        draft.metadata = {...draft.metadata, finalizers: [...finalizers, cleanup]}
    })
    this.registry.modify(
      customResourceDefinitions,
      undefined,
      name,
      draft => establish(looseOf(draft), conflict, this.now()),
      'status',
    )
  }

  /** All objects of a definition that is being deleted; the last one to go releases the definition. */
  private removeObjects(definition: CustomDefinition): void {
    const type = this.kinds
      .all()
      .find(kind => kind.custom && kind.group === definition.group && kind.plural === definition.names.plural)
    if (type !== undefined) {
      for (const object of this.registry.list(type)) {
        if (isDeleted(object)) continue
        this.registry.delete(type, object.metadata?.namespace, object.metadata?.name ?? '')
      }
      if (this.registry.list(type).length > 0) return
    }
    this.registry.modify(customResourceDefinitions, undefined, definition.name, draft => {
      draft.metadata = {
        ...draft.metadata,
        finalizers: (draft.metadata?.finalizers ?? []).filter(each => each !== cleanup),
      }
    })
  }

  private releaseOwner(name: string): void {
    const owner = this.registry.get(customResourceDefinitions, undefined, name)
    if (owner !== undefined && isDeleted(owner)) this.removeObjects(definitionOf(owner))
  }
}
