import {describe, expect, test} from 'vitest'
import {crd} from '../../../src/lib/model/crd.ts'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The words that a structural schema may hold. */
const ALLOWED = new Set(
  [
    'type properties required items additionalProperties enum pattern minLength maxLength minimum maximum',
    'minItems maxItems maxProperties default description x-kubernetes-int-or-string',
    'x-kubernetes-preserve-unknown-fields x-kubernetes-list-type x-kubernetes-list-map-keys',
    'x-kubernetes-validations',
  ].flatMap(words => words.split(' ')),
)

function structuralErrors(schema: unknown, path: string): string[] {
  if (!isRecord(schema)) return [`${path}: no schema`]
  const words = Object.keys(schema).filter(word => !ALLOWED.has(word))
  const typed = 'type' in schema || schema['x-kubernetes-int-or-string'] === true
  const both = 'properties' in schema && 'additionalProperties' in schema
  const children = isRecord(schema['properties']) ? Object.entries(schema['properties']) : []
  return [
    ...words.map(word => `${path}: ${word}`),
    ...(typed ? [] : [`${path}: no type`]),
    ...(both ? [`${path}: properties and additionalProperties`] : []),
    ...children.flatMap(([name, child]) => structuralErrors(child, `${path}.${name}`)),
    ...('items' in schema ? structuralErrors(schema['items'], `${path}[]`) : []),
    ...('additionalProperties' in schema
      ? structuralErrors(schema['additionalProperties'], `${path}{}`)
      : []),
  ]
}

function versions(): Record<string, unknown>[] {
  const {spec} = JSON.parse(JSON.stringify(crd()))
  return spec.versions
}

describe('the CustomResourceDefinition', () => {
  test('fits into the annotation of a client-side apply', () => {
    expect(JSON.stringify(crd()).length).toBeLessThan(262_144)
  })

  test('serves v1 and stores v1beta1, both with a status', () => {
    expect(
      versions().map(({name, served, storage, subresources}) => ({name, served, storage, subresources})),
    ).toEqual([
      {name: 'v1', served: true, storage: false, subresources: {status: {}}},
      {name: 'v1beta1', served: true, storage: true, subresources: {status: {}}},
    ])
  })

  test('is structural: only words that the API server knows, a type everywhere', () => {
    for (const {name, schema} of versions()) {
      const root = isRecord(schema) ? schema['openAPIV3Schema'] : undefined
      expect(structuralErrors(root, String(name))).toEqual([])
    }
  })

  test('every key of a keyed list is required or has a default', () => {
    const missing: string[] = []
    const visit = (schema: unknown, path: string): void => {
      if (!isRecord(schema)) return
      const keys = schema['x-kubernetes-list-map-keys']
      const items = schema['items']
      if (Array.isArray(keys) && isRecord(items) && isRecord(items['properties'])) {
        const required = Array.isArray(items['required']) ? items['required'] : []
        for (const key of keys) {
          const property = items['properties'][key]
          if (!required.includes(key) && !(isRecord(property) && 'default' in property))
            missing.push(`${path}.${key}`)
        }
      }
      for (const [key, child] of Object.entries(schema)) visit(child, `${path}.${key}`)
    }
    visit(crd().spec, '')
    expect(missing).toEqual([])
  })
})
