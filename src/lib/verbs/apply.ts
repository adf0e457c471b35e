import {type PgkError, refusedError} from '../errors.ts'
import type {PostgresCluster} from '../model/document.ts'
import type {Problem} from '../model/problem.ts'
import {type Consequence, consequencesOf, type Severity, severityOf} from './consequences.ts'
import {differences, type FieldChange} from './difference.ts'
import {refusals} from './refusals.ts'

/** What applying a document would do. */
export interface DocumentChange {
  kind: 'create' | 'update' | 'unchanged'
  /** The document to store: as it was given, with what is remembered in the status. */
  document: PostgresCluster
  /** Empty for a new cluster. */
  fields: FieldChange[]
  consequences: Consequence[]
  /** `severe` asks for the cluster's name, `moderate` for a yes. */
  severity: Severity
}

function refusal(name: string, problems: readonly Problem[]): PgkError {
  const [first] = problems
  const several = first === undefined || problems.length > 1
  return refusedError(
    'CHANGE_REFUSED',
    several
      ? `${problems.length} changes cannot be made to the running cluster ${name}`
      : `${first.path} ${first.message}`,
    {
      object: several ? `cluster ${name}` : `field ${first.path}`,
      ...(several ? {reason: problems.map(({path, message}) => `${path} ${message}`).join('\n')} : {}),
      hints: [...new Set(problems.flatMap(({hint}) => (hint === undefined ? [] : [hint])))],
    },
  )
}

/**
 * Pure. What changes when `wanted` replaces `existing`. Throws a refusal (exit 6) that lists every change
 * that a running cluster cannot take.
 */
export function applyDocument(
  wanted: PostgresCluster,
  existing: PostgresCluster | undefined,
): DocumentChange {
  if (existing === undefined) {
    return {kind: 'create', document: wanted, fields: [], consequences: [], severity: 'none'}
  }
  const fields = differences(existing, wanted)
  const against = refusals(fields)
  if (against.length > 0) throw refusal(wanted.metadata.name, against)
  const consequences = consequencesOf(fields)
  return {
    kind: fields.length === 0 ? 'unchanged' : 'update',
    document: {...wanted, ...(existing.status === undefined ? {} : {status: existing.status})},
    fields,
    consequences,
    severity: severityOf(consequences),
  }
}

/** One field's change on one line: `spec.instances[pg].replicas: 2 → 3`. */
export function describeChange({path, from, to}: FieldChange): string {
  const shown = (value: unknown): string => (value === undefined ? '(none)' : JSON.stringify(value))
  return `${path}: ${shown(from)} → ${shown(to)}`
}
