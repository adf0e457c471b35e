import {cloneJson, objectOf} from '../../../../../src/lib/sandbox/apiserver/json.ts'
import type {Kind, KindTable, StrategyContext, User} from '../../../../../src/lib/sandbox/apiserver/kind.ts'
import {textAt} from '../../../../../src/lib/sandbox/apiserver/kinds/fields.ts'
import {createSchemaLibrary} from '../../../../../src/lib/sandbox/apiserver/kinds/schemas.ts'
import {createKindTable} from '../../../../../src/lib/sandbox/apiserver/kinds/table.ts'
import {invalid} from '../../../../../src/lib/sandbox/apiserver/status.ts'
import type {KubeObject, ResourceType} from '../../../../../src/lib/sandbox/registry.ts'

export type Json = Record<string, unknown>

/** Objects that a strategy may look up, by plural. */
export type World = Record<string, KubeObject[]>

const library = createSchemaLibrary()

export const table = () =>
  createKindTable({serviceRange: '10.96.0.0/24', library, random: () => 0, suffix: () => 'abcde'})

export const kindOf = (kinds: KindTable, plural: string): Kind => {
  const found = kinds.all().find(kind => kind.plural === plural)
  if (!found) throw new Error(`no kind ${plural}`)
  return found
}

export const now = new Date('2026-01-02T03:04:05Z')
export const admin: User = {name: 'admin', groups: ['system:masters']}

export function contextOf(world: World = {}, user: User = admin): StrategyContext {
  const list = (type: ResourceType, namespace?: string) =>
    (world[type.plural] ?? []).filter(
      object => namespace === undefined || object.metadata?.namespace === namespace,
    )
  return {
    user,
    now,
    list,
    get: (type, namespace, name) =>
      list(type).find(
        object =>
          object.metadata?.name === name && (!type.namespaced || object.metadata.namespace === namespace),
      ),
  }
}

/** What every namespace has. */
export const usual: World = {
  serviceaccounts: [{metadata: {name: 'default', namespace: 'ns'}}],
  namespaces: [{metadata: {name: 'ns'}}],
}

/** Takes an object through all that a create does; throws the 422 that a client would see. */
export function create(kind: Kind, object: Json, context = contextOf(usual)): Json {
  const draft = cloneJson({
    ...object,
    metadata: {namespace: 'ns', uid: 'u-1', ...objectOf(object['metadata'])},
  })
  kind.setDefaults(draft, context)
  kind.prepareForCreate(draft, context)
  const errors = kind.validate(draft, undefined, context)
  if (errors.length > 0) throw invalid(kind, textAt(draft, 'metadata', 'name'), errors)
  return draft
}

/** Takes an edit of a stored object through all that an update does. */
export function update(kind: Kind, old: Json, edit: (draft: Json) => void, context = contextOf(usual)): Json {
  const draft = cloneJson(old)
  edit(draft)
  kind.setDefaults(draft, context)
  kind.prepareForUpdate(draft, old, context)
  const errors = kind.validate(draft, old, context)
  if (errors.length > 0) throw invalid(kind, textAt(old, 'metadata', 'name'), errors)
  return draft
}

/** A row of `kubectl get`, all columns. */
export const row = (kind: Kind, object: Json): unknown[] =>
  kind.columns.map(column => column.cell(object, now))

/** An edit that sets one member of the object's spec. */
export const setSpec =
  (key: string, value: unknown) =>
  (draft: Json): void => {
    draft['spec'] = {...objectOf(draft['spec']), [key]: value}
  }
