import {usageError} from '../errors.ts'
import type {DrillCheck, DrillResult} from '../pgbackrest/drill-script.ts'

/** The reader's own checks; throws where there is no statement in them, which nothing could fail. */
export function readChecks(text: string): string {
  const statements = text.replace(/\/\*[\s\S]*?\*\/|--.*$/gm, '').replace(/[\s;]/g, '')
  if (statements !== '') return text
  throw usageError('SQL_EMPTY', 'there is no statement in the SQL to check with', {
    object: 'flag --sql',
    hints: ['Each statement that fails fails the drill: do $$ begin assert … end $$;'],
  })
}

/** Pure. What a drill checked; a check that was asked for and is not among the results has failed. */
export function checksOf(result: DrillResult | undefined, {sql}: {sql: boolean}): readonly DrillCheck[] {
  if (result === undefined) return []
  const expected = ['lsn', 'amcheck', ...(sql ? ['sql'] : [])]
  const missing = expected.filter(name => !result.checks.some(check => check.name === name))
  return [...result.checks, ...missing.map(name => ({name, passed: false, detail: 'it was not run'}))]
}

/** True when something was checked and nothing failed. */
export const hasPassed = (checks: readonly DrillCheck[]): boolean =>
  checks.length > 0 && checks.every(({passed}) => passed)
