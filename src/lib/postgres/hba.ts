import type {CompleteCluster} from '../model/document.ts'

/** The role that replicates and rewinds. It has no password: its certificate is its key. */
export const replicationRole = '_crunchyrepl'

type Rule = NonNullable<NonNullable<CompleteCluster['spec']['authentication']>['rules']>[number]

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
const names = (list: readonly string[] | undefined): string =>
  list === undefined || list.length === 0 ? 'all' : list.map(quoted).join(',')

function ruleLine(rule: Rule): string | undefined {
  if (rule.hba !== undefined) return rule.hba
  if (rule.connection === undefined || rule.method === undefined) return undefined
  const address = rule.connection === 'local' ? [] : ['all']
  const options = Object.entries(rule.options ?? {}).map(([key, value]) => `${key}=${quoted(String(value))}`)
  return [
    rule.connection,
    names(rule.databases),
    names(rule.users),
    ...address,
    rule.method,
    ...options,
  ].join(' ')
}

/** The lines no document can do without, or put others before. */
const mandatoryLines: readonly string[] = [
  'local all postgres peer',
  `hostssl replication ${replicationRole} all cert`,
  `hostssl postgres ${replicationRole} all cert`,
  `host all ${replicationRole} all reject`,
]

/** Applies only while the document has no rules of its own: TLS and a password for everyone. */
const defaultLine = 'hostssl all all all scram-sha-256'

function dynamicLines(document: CompleteCluster): string[] {
  const postgresql = document.spec.patroni.dynamicConfiguration['postgresql']
  const lines: unknown =
    typeof postgresql === 'object' && postgresql !== null ? Reflect.get(postgresql, 'pg_hba') : undefined
  return Array.isArray(lines) ? lines.filter(line => typeof line === 'string') : []
}

/**
 * `pg_hba.conf`, first match wins: the lines that keep the cluster running, the document's
 * `authentication.rules`, then those of `patroni.dynamicConfiguration`.
 */
export function hbaLines(document: CompleteCluster): string[] {
  const rules = document.spec.authentication?.rules ?? []
  const own = [...rules.map(ruleLine).filter(line => line !== undefined), ...dynamicLines(document)]
  return [...mandatoryLines, ...(own.length > 0 ? own : [defaultLine])]
}
