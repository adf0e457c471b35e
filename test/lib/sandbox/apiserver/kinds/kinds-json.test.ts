import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {generateKinds, target} from '../../../../../scripts/generate-kinds.ts'
import {createSchemaLibrary} from '../../../../../src/lib/sandbox/apiserver/kinds/schemas.ts'

test('kinds.json is what the generator makes', async () => {
  expect(readFileSync(target, 'utf8') === (await generateKinds())).toBe(true)
})

test('a schema is expanded on demand and shared', () => {
  const library = createSchemaLibrary()
  const pod = library.schema('V1Pod').properties?.['spec']
  expect(pod?.properties?.['containers']).toMatchObject({
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-patch-merge-key': 'name',
    'x-kubernetes-patch-strategy': 'merge',
  })
  expect(pod?.properties?.['volumes']?.['x-kubernetes-patch-strategy']).toBe('merge,retainKeys')
  expect(pod?.properties?.['securityContext']?.properties?.['fsGroup']).toMatchObject({
    type: 'integer',
    format: 'int64',
  })
})

test('lists that are replaced whole have no merge key', () => {
  const library = createSchemaLibrary()
  const subsets = library.schema('V1Endpoints').properties?.['subsets']
  expect(subsets?.['x-kubernetes-patch-merge-key']).toBeUndefined()
  expect(subsets?.['x-kubernetes-list-type']).not.toBe('map')
  const spec = library.schema('V1StatefulSet').properties?.['spec']
  expect(spec?.properties?.['volumeClaimTemplates']?.['x-kubernetes-list-type']).not.toBe('map')
  expect(spec?.properties?.['selector']?.['x-kubernetes-map-type']).toBe('atomic')
})
