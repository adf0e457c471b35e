import type {KubeObject} from '../../registry.ts'
import {StatusError} from '../../registry.ts'
import type {Kind} from '../kind.ts'

/** How the client wants objects: whole, as their metadata only, or as the rows of a table. */
export type Representation = 'object' | 'metadata' | 'table'

const ACCEPTED = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

/** Picks the first kind of answer in the Accept header that this server gives. */
export function representationOf(accept: string | undefined): Representation {
  if (accept === undefined || accept.trim() === '') return 'object'
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim())
    if (!['application/json', 'application/*', '*/*'].includes(type)) continue
    const as = parameters.find(parameter => parameter.startsWith('as='))?.slice(3)
    if (as === undefined) return 'object'
    if (as === 'Table') return 'table'
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata'
  }
  throw new StatusError(
    406,
    'NotAcceptable',
    `only the following media types are accepted: ${ACCEPTED.slice(0, 1).join(', ')}`,
  )
}

export const partialMetadata = (object: KubeObject): Record<string, unknown> => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata ?? {},
})

export interface TableOptions {
  now: Date
  /** What each row carries besides its cells: the query's `includeObject`. */
  include: string
  /** The list's resourceVersion and continue token. */
  metadata: Record<string, unknown>
  withColumns: boolean
}

export function tableOf(kind: Kind, objects: readonly KubeObject[], options: TableOptions): unknown {
  const columns = kind.columns.map(({name, type, format, description, priority}) => ({
    name,
    type,
    format: format ?? '',
    description: description ?? '',
    priority,
  }))
  const rowObject = (object: KubeObject): Record<string, unknown> => {
    if (options.include === 'None') return {}
    return {object: options.include === 'Object' ? object : partialMetadata(object)}
  }
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata,
    columnDefinitions: options.withColumns ? columns : [],
    rows: objects.map(object => ({
      cells: kind.columns.map(column => column.cell(object, options.now)),
      ...rowObject(object),
    })),
  }
}
