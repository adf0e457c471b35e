import {type PgkError, usageError} from '../errors.ts'
import {isRecord} from '../record.ts'
import {API_VERSION, GROUP, KIND} from './document.ts'
import {nearest, type Problem, shown} from './problem.ts'

const API_VERSIONS = [API_VERSION, `${GROUP}/v1`]

/** `PostgresCluster hippo`, as far as it says so. */
export function identity(value: unknown): string {
  if (!isRecord(value)) return shown(value)
  const name = isRecord(value['metadata']) ? value['metadata']['name'] : undefined
  return [value['kind'] ?? 'an object without a kind', name].filter(part => part !== undefined).join(' ')
}

/** Throws a usage error unless the value claims to be a PostgresCluster of a version that pgk reads. */
export function refuseOtherKinds(value: unknown, source: string): void {
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
export function complaint(problems: readonly Problem[], value: unknown, source: string): PgkError {
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
