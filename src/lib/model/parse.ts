import {type Document, LineCounter, parseAllDocuments} from 'yaml'
import {usageError} from '../errors.ts'
import {isRecord} from '../record.ts'
import {complaint, identity, refuseOtherKinds} from './complaint.ts'
import {API_VERSION, type PostgresCluster} from './document.ts'
import {salvage} from './salvage.ts'
import {status as statusSchema} from './schema/status.ts'
import {checkDocument} from './validate.ts'

/** Aliases may not multiply without end, nor point nowhere. */
function plain(document: Document, source: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw usageError('MANIFEST_SYNTAX', `${source} is no valid YAML`, {
      ...(error instanceof Error ? {reason: error.message} : {}),
      cause: error,
    })
  }
}

function readYaml(text: string, source: string): unknown {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, {lineCounter: lines, prettyErrors: false})
  if (!Array.isArray(documents)) throw usageError('MANIFEST_EMPTY', `${source} is empty`)
  for (const {errors} of documents) {
    const [error] = errors
    if (error === undefined) continue
    const {line, col} = lines.linePos(error.pos[0])
    throw usageError('MANIFEST_SYNTAX', `${source} is no valid YAML`, {
      object: `${source}:${line}:${col}`,
      reason: error.message,
      cause: error,
    })
  }
  const values = documents.map(document => plain(document, source)).filter(value => value !== null)
  const [first] = values
  if (values.length === 0) throw usageError('MANIFEST_EMPTY', `${source} is empty`)
  if (values.length > 1) {
    throw usageError(
      'MANIFEST_SEVERAL',
      `${source} holds ${values.length} objects: ${values.map(identity).join(', ')}`,
      {
        reason: 'pgk takes one PostgresCluster at a time',
        hints: ['Put the PostgresCluster into a file of its own; kubectl applies the others.'],
      },
    )
  }
  return first
}

/**
 * Reads a manifest (YAML or JSON text, or an object from the API). Throws one usage error that lists every
 * problem with its path. `source` is how the reader knows it: `hippo.yaml`, `PostgresCluster db/hippo`.
 * Nulls count as absent; the apiVersion comes back as v1beta1.
 */
export function parseDocument(input: unknown, source: string): PostgresCluster {
  const value = typeof input === 'string' ? readYaml(input, source) : input
  refuseOtherKinds(value, source)
  const {status, ...wanted} = isRecord(value) ? value : {}
  const {document, problems} = checkDocument(wanted)
  if (document === undefined) throw complaint(problems, value, source)
  const remembered = salvage(statusSchema, status)
  return {...document, apiVersion: API_VERSION, ...(remembered === undefined ? {} : {status: remembered})}
}
