import {equalJson, type JsonObject} from '../../json.ts'
import type {FieldError} from '../../kind.ts'
import {nameColumn, text} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, ensureObject, fill, listAt, objectAt, textAt} from '../fields.ts'
import {dns1035Label, dns1123Subdomain} from '../names.ts'
import {immutable, invalid, joinPath, required, unsupported} from '../problems.ts'
import type {Expressions} from './cel.ts'
import {customResourceDefinitions} from './definition.ts'
import {validateSchema} from './validate-schema.ts'

function setDefaults(object: JsonObject): void {
  const spec = ensureObject(object, 'spec')
  const names = ensureObject(spec, 'names')
  const kind = textAt(names, 'kind')
  if (kind !== '') fill(names, {singular: kind.toLowerCase(), listKind: `${kind}List`})
  fill(ensureObject(spec, 'conversion'), {strategy: 'None'})
}

/** The version that objects are stored in. */
const storageOf = (object: JsonObject): string =>
  textAt(
    listAt(object, 'spec', 'versions').find(each => each['storage'] === true),
    'name',
  )

function validateNames(object: JsonObject): FieldError[] {
  const names = objectAt(object, 'spec', 'names')
  const field = 'spec.names'
  const found: FieldError[] = []
  for (const key of ['plural', 'singular'] as const) {
    const value = textAt(names, key)
    if (value === '' && key === 'plural') found.push(required(`${field}.plural`))
    else if (value !== '')
      found.push(...dns1035Label(value).map(text => invalid(`${field}.${key}`, value, text)))
  }
  for (const key of ['kind', 'listKind'] as const) {
    const value = textAt(names, key)
    if (value === '') found.push(required(`${field}.${key}`))
    else found.push(...dns1035Label(value.toLowerCase()).map(text => invalid(`${field}.${key}`, value, text)))
  }
  if (textAt(names, 'kind') !== '' && names['kind'] === names['listKind']) {
    found.push(invalid(`${field}.listKind`, names['listKind'], 'kind and listKind may not be the same'))
  }
  return found
}

function validateVersions(object: JsonObject, expressions: Expressions): FieldError[] {
  const versions = listAt(object, 'spec', 'versions')
  const names = versions.map(version => textAt(version, 'name'))
  const stored = versions.filter(version => version['storage'] === true).length
  const found = versions.flatMap((version, index) => {
    const path = joinPath('spec', 'versions', index)
    const name = textAt(version, 'name')
    const schema = at(version, 'schema', 'openAPIV3Schema')
    const field = `${path}.schema.openAPIV3Schema`
    return [
      ...(name === ''
        ? [required(`${path}.name`)]
        : dns1035Label(name).map(text => invalid(`${path}.name`, name, text))),
      ...(schema === undefined
        ? [required(field, 'schemas are required')]
        : validateSchema(schema, field, expressions)),
    ]
  })
  if (stored !== 1) {
    found.unshift(
      invalid('spec.versions', versions, 'must have exactly one version marked as storage version'),
    )
  }
  if (new Set(names).size !== names.length) {
    found.unshift(invalid('spec.versions', versions, 'must contain unique version names'))
  }
  return found
}

function validate(object: JsonObject, expressions: Expressions): FieldError[] {
  const name = textAt(object, 'metadata', 'name')
  const group = textAt(object, 'spec', 'group')
  const scope = textAt(object, 'spec', 'scope')
  const found: FieldError[] = []
  if (name !== `${textAt(object, 'spec', 'names', 'plural')}.${group}`) {
    found.push(invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'))
  }
  if (group === '') found.push(required('spec.group'))
  else {
    found.push(...dns1123Subdomain(group).map(text => invalid('spec.group', group, text)))
    if (!group.includes('.'))
      found.push(invalid('spec.group', group, 'should be a domain with at least one dot'))
  }
  if (!['Cluster', 'Namespaced'].includes(scope)) {
    found.push(unsupported('spec.scope', scope, ['Cluster', 'Namespaced']))
  }
  const strategy = textAt(object, 'spec', 'conversion', 'strategy')
  if (strategy !== 'None') found.push(unsupported('spec.conversion.strategy', strategy, ['None']))
  return [...found, ...validateVersions(object, expressions), ...validateNames(object)]
}

export function definitionKind(expressions: Expressions): KindSpec {
  return {
    type: customResourceDefinitions,
    model: 'V1CustomResourceDefinition',
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    storedAs: {group: 'apiextensions.k8s.io', version: 'v1beta1'},
    generation: true,
    status: object => ({
      conditions: null,
      acceptedNames: {plural: '', kind: ''},
      storedVersions: [storageOf(object)],
    }),
    columns: [nameColumn, text('Created At', each => textAt(each, 'metadata', 'creationTimestamp'))],
    defaults: setDefaults,
    update(object) {
      const status = ensureObject(object, 'status')
      const stored = new Set([...listOfTexts(status['storedVersions']), storageOf(object)])
      status['storedVersions'] = [...stored]
    },
    validate: object => validate(object, expressions),
    validateUpdate(object, old) {
      const found = validate(object, expressions)
      for (const key of ['group', 'scope']) {
        const value = at(object, 'spec', key)
        if (!equalJson(value, at(old, 'spec', key))) found.push(immutable(`spec.${key}`, value))
      }
      for (const key of ['plural', 'kind']) {
        const value = at(object, 'spec', 'names', key)
        const accepted = textAt(old, 'status', 'acceptedNames', key)
        if (accepted !== '' && value !== accepted) found.push(immutable(`spec.names.${key}`, value))
      }
      return found
    },
  }
}

const listOfTexts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter(each => typeof each === 'string') : []
