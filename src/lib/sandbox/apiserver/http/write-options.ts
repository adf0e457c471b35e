import type {WriteOptions} from '../registry/backend.ts'
import {badRequest} from '../status.ts'
import type {ApiRequest} from './hooks.ts'

/** The field manager of a write: named by the query, or the program that asks. */
export function managerOf(request: ApiRequest): string {
  const given = request.query.get('fieldManager')
  if (given !== null && given !== '') return given
  const program = request.message.headers['user-agent']?.split('/')[0]?.trim() ?? ''
  return program === '' ? 'unknown' : program.slice(0, 128)
}

export function isDryRun(query: URLSearchParams): boolean {
  const values = query.getAll('dryRun').filter(value => value !== '')
  if (values.some(value => value !== 'All')) {
    throw badRequest(`Invalid value for dryRun: ${JSON.stringify(values)}: supported values: "All"`)
  }
  return values.length > 0
}

export function writeOptions(request: ApiRequest): WriteOptions {
  const subresource = request.attributes.resource?.subresource
  const options = {user: request.user, manager: managerOf(request), dryRun: isDryRun(request.query)}
  return subresource === 'status' || subresource === 'finalize' ? {...options, subresource} : options
}
