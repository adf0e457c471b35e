import {StatusError} from '../../registry.ts'
import type {FieldSet} from './field-set.ts'
import {pathsOf, pathText} from './field-set.ts'
import type {Manager} from './managed.ts'

interface Conflict {
  manager: string
  path: string
}

/** A 409 that names each field and who owns it; `undefined` when nothing conflicts. */
export function applyConflict(found: readonly {manager: Manager; set: FieldSet}[]): StatusError | undefined {
  const conflicts = found.flatMap(({manager, set}) =>
    pathsOf(set).map(path => ({manager: nameOf(manager), path: pathText(path)})),
  )
  const [first] = conflicts
  if (first === undefined) return undefined
  const count = conflicts.length === 1 ? '1 conflict' : `${conflicts.length} conflicts`
  const text = conflicts.length === 1 ? `conflict with ${first.manager}: ${first.path}` : listing(conflicts)
  return new StatusError(409, 'Conflict', `Apply failed with ${count}: ${text}`, {
    causes: conflicts.map(({manager, path}) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${manager}`,
      field: path,
    })),
  })
}

function listing(conflicts: readonly Conflict[]): string {
  const managers = [...new Set(conflicts.map(({manager}) => manager))].sort()
  return managers
    .flatMap(manager => [
      `conflicts with ${manager}:`,
      ...conflicts.filter(conflict => conflict.manager === manager).map(({path}) => `- ${path}`),
    ])
    .join('\n')
}

function nameOf({name, subresource, operation, apiVersion}: Manager): string {
  const part = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`
  return `${JSON.stringify(name)}${part}${operation === 'Update' ? ` using ${apiVersion}` : ''}`
}
