import {LineCounter, parseAllDocuments} from 'yaml'
import {type PgkError, usageError} from '../errors.ts'
import {API_VERSION, GROUP, KIND, type PostgresCluster} from './document.ts'
import {nearest, type Problem, shown} from './problem.ts'
import {salvage} from './salvage.ts'
import {postgresCluster} from './schema/document.ts'
import {status as statusSchema} from './schema/status.ts'
import {checkStructure} from './structure.ts'
import {checkDocument} from './validate.ts'

const API_VERSIONS = [API_VERSION, `${GROUP}/v1`]

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `PostgresCluster hippo`, as far as it says so. */
function identity(value: unknown): string {
  if (!isRecord(value)) return shown(value)
  const name = isRecord(value['metadata']) ? value['metadata']['name'] : undefined
  return [value['kind'] ?? 'an object without a kind', name].filter(part => part !== undefined).join(' ')
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
  const values = documents.map((document): unknown => document.toJS()).filter(value => value !== null)
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

function refuseOtherKinds(value: unknown, source: string): void {
  if (!isRecord(value)) {
    throw usageError('MANIFEST_INVALID', `${source} holds no Kubernetes object but ${shown(value)}`)
  }
  const {kind, apiVersion} = value
  if (kind === KIND && typeof apiVersion === 'string' && API_VERSIONS.includes(apiVersion)) return
  const meant = typeof kind === 'string' && kind !== KIND ? nearest(kind, [KIND]) : undefined
  throw usageError(
    'MANIFEST_KIND',
    `${source} holds ${identity(value)} of ${shown(apiVersion ?? 'no apiVersion')}, not a ${KIND}`,
    {
      object: identity(value),
      hints: [
        ...(meant === undefined ? [] : [`Did you mean kind: ${meant}?`]),
        `pgk reads kind: ${KIND} with apiVersion: ${API_VERSIONS.join(' or ')}.`,
      ],
    },
  )
}

/** All problems of a document as one error. */
function complaint(problems: readonly Problem[], value: unknown, source: string): PgkError {
  const code = problems.every(problem => problem.unbuilt) ? 'FIELD_NOT_SUPPORTED' : 'MANIFEST_INVALID'
  const [first] = problems
  if (first !== undefined && problems.length === 1) {
    return usageError(code, `${first.path} ${first.message}`, {
      object: `field ${first.path}`,
      reason: `in ${source}`,
      hints: first.hint === undefined ? [] : [first.hint],
    })
  }
  return usageError(code, `${problems.length} fields of ${source} are wrong`, {
    object: identity(value),
    reason: problems.map(({path, message}) => `${path} ${message}`).join('\n'),
    hints: problems.flatMap(({path, hint}) => (hint === undefined ? [] : [`${path}: ${hint}`])),
  })
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

/**
 * Reads a document from the cluster for showing: fields that this pgk does not know, or finds wrong, are
 * left out, so that another version's clusters can still be listed. Never write the result back.
 */
export function readStored(value: unknown, source: string): PostgresCluster {
  refuseOtherKinds(value, source)
  const document = salvage(postgresCluster, value)
  if (document === undefined) {
    throw complaint(checkStructure(postgresCluster, value).problems, value, source)
  }
  return {...document, apiVersion: API_VERSION}
}
