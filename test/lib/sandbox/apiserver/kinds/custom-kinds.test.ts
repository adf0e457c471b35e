import {afterEach, beforeEach, expect, test} from 'vitest'
import {bootstrap} from '../../../../../src/lib/sandbox/apiserver/access/bootstrap.ts'
import {CustomKinds} from '../../../../../src/lib/sandbox/apiserver/kinds/custom/custom-kinds.ts'
import {customResourceDefinitions} from '../../../../../src/lib/sandbox/apiserver/kinds/custom/definition.ts'
import {at, listAt, textAt} from '../../../../../src/lib/sandbox/apiserver/kinds/fields.ts'
import {LocalRegistry} from '../../../../../src/lib/sandbox/apiserver/registry/registry.ts'
import {noDatabase} from '../../../../../src/lib/sandbox/apiserver/storage/database.ts'
import {Store} from '../../../../../src/lib/sandbox/apiserver/storage/store.ts'
import type {KubeObject, ResourceType} from '../../../../../src/lib/sandbox/registry.ts'
import {now, table} from './fixture.ts'

const widgets: ResourceType = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
}

const version = (name: string, storage: boolean) => ({
  name,
  served: true,
  storage,
  schema: {openAPIV3Schema: {type: 'object', 'x-kubernetes-preserve-unknown-fields': true}},
})

const definition = (plural = 'widgets', kind = 'Widget'): KubeObject => {
  const spec = {
    group: 'example.com',
    scope: 'Namespaced',
    names: {plural, kind},
    versions: [version('v1', true), version('v2', false)],
  }
  return Object.assign({metadata: {name: `${plural}.example.com`}}, {spec})
}

function setup() {
  const kinds = table()
  let ids = 0
  const store = new Store(noDatabase, error => {
    throw error
  })
  const registry = new LocalRegistry(
    {store, kinds, now: () => now, suffix: () => 'abcde', uuid: () => `u-${++ids}`},
    'test',
  )
  bootstrap(registry)
  const custom = new CustomKinds(kinds, registry, () => now)
  custom.start()
  return {kinds, registry, custom}
}

let world: ReturnType<typeof setup>
beforeEach(() => {
  world = setup()
})
afterEach(() => world.custom.stop())

/** Watches are told in later microtasks. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

const stored = (name = 'widgets.example.com') =>
  world.registry.get(customResourceDefinitions, undefined, name)

test('a definition is established and all its versions are served', async () => {
  world.registry.create(customResourceDefinitions, definition())
  await settle()
  expect(
    listAt(stored(), 'status', 'conditions').map(each => `${textAt(each, 'type')}=${textAt(each, 'status')}`),
  ).toEqual(['NamesAccepted=True', 'Established=True'])
  expect(at(stored(), 'status', 'acceptedNames', 'listKind')).toBe('WidgetList')
  world.registry.create(widgets, {metadata: {name: 'w', namespace: 'default'}})
  expect(world.registry.get({...widgets, version: 'v2'}, 'default', 'w')?.apiVersion).toBe('example.com/v2')
})

test('a name that is taken is not accepted', async () => {
  world.registry.create(customResourceDefinitions, definition())
  await settle()
  world.registry.create(customResourceDefinitions, definition('gadgets', 'Widget'))
  await settle()
  expect(listAt(stored('gadgets.example.com'), 'status', 'conditions')[0]).toMatchObject({
    type: 'NamesAccepted',
    status: 'False',
    message: '"Widget" is already in use',
  })
  expect(world.kinds.find('example.com', 'v1', 'gadgets')).toBeUndefined()
})

test('a deleted definition takes its objects along, and waits for the last one', async () => {
  world.registry.create(customResourceDefinitions, definition())
  await settle()
  world.registry.create(widgets, {metadata: {name: 'free', namespace: 'default'}})
  world.registry.create(widgets, {
    metadata: {name: 'held', namespace: 'default', finalizers: ['example.com/x']},
  })
  world.registry.delete(customResourceDefinitions, undefined, 'widgets.example.com')
  await settle()
  expect(world.registry.list(widgets).map(each => each.metadata?.name)).toEqual(['held'])
  world.registry.modify(widgets, 'default', 'held', draft => {
    draft.metadata = {...draft.metadata, finalizers: []}
  })
  await settle()
  expect(stored()).toBeUndefined()
  expect(world.kinds.find('example.com', 'v1', 'widgets')).toBeUndefined()
})
