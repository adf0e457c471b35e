import {namespaces} from '../../../resources.ts'
import type {JsonObject} from '../../json.ts'
import type {StrategyContext} from '../../kind.ts'
import {forbidden} from '../../status.ts'
import {at, objectAt, textAt} from '../fields.ts'
import {baselineChecks} from './security-baseline.ts'
import {restrictedChecks, type Violation} from './security-restricted.ts'

export type SecurityLevel = 'privileged' | 'baseline' | 'restricted'

const prefix = 'pod-security.kubernetes.io/'

/** What a pod does that the level does not allow, in the order of Kubernetes' own checks. */
export function violations(pod: JsonObject, level: SecurityLevel): Violation[] {
  if (level === 'privileged') return []
  const found = baselineChecks.flatMap(check => check(pod) ?? [])
  if (level === 'baseline') return found
  // A restricted check replaces the baseline check on the same subject.
  const restricted = restrictedChecks.flatMap(check => check(pod) ?? [])
  const subjects = new Set(restricted.map(each => each.subject))
  return [...found.filter(each => !subjects.has(each.subject)), ...restricted]
}

export const describeViolations = (found: readonly Violation[]): string =>
  found.map(({reason, detail}) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ')

/** Refuses a pod that breaks the level its namespace enforces. */
export function enforcePodSecurity(pod: JsonObject, context: StrategyContext): void {
  const namespace = context.get(namespaces, undefined, textAt(pod, 'metadata', 'namespace'))
  const labels = objectAt(namespace, 'metadata', 'labels')
  const level = at(labels, `${prefix}enforce`)
  if (level !== 'baseline' && level !== 'restricted') return
  const found = violations(pod, level)
  if (found.length === 0) return
  const version = textAt(labels, `${prefix}enforce-version`) || 'latest'
  throw forbidden(
    {group: '', plural: 'pods'},
    textAt(pod, 'metadata', 'name'),
    `violates PodSecurity "${level}:${version}": ${describeViolations(found)}`,
  )
}
