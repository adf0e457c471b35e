import type {Column} from '../../kind.ts'
import {age, ageColumn, nameColumn} from '../columns/column.ts'
import type {PrinterColumn} from './definition.ts'
import {parsePath, valuesAt} from './json-path.ts'

const types = ['string', 'integer', 'number', 'boolean', 'date'] as const

function cellOf(
  type: Column['type'],
  values: readonly unknown[],
  now: Date,
): string | number | boolean | null {
  const [value] = values
  if (value === undefined || value === null) return null
  if (type === 'date') return age(value, now)
  if (type === 'integer' || type === 'number') return typeof value === 'number' ? value : null
  if (type === 'boolean') return typeof value === 'boolean' ? value : null
  return values.map(each => (typeof each === 'string' ? each : JSON.stringify(each))).join(' ')
}

function columnOf(column: PrinterColumn): Column {
  const type = types.find(each => each === column.type) ?? 'string'
  const path = parsePath(column.jsonPath) ?? []
  return {
    name: column.name,
    type,
    format: column.format,
    description:
      column.description || `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
    priority: column.priority,
    cell: (object, now) => cellOf(type, valuesAt(object, path), now),
  }
}

/** The name, then the columns of the definition or, without any, the age. */
export const printerColumns = (columns: readonly PrinterColumn[]): Column[] => [
  nameColumn,
  ...(columns.length > 0 ? columns.map(columnOf) : [{...ageColumn, type: 'date' as const}]),
]
