import type {Job, PodFailurePolicyRule} from 'kubernetes-types/batch/v1.d.ts'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {nameOf, namespaceOf} from '../identity.ts'
import {isFailed} from '../podstate.ts'

export type FailureAction = {do: 'count' | 'ignore'} | {do: 'fail'; message: string}

/** What the Job's failure policy makes of one failed pod; the first rule that matches decides. */
export function judgeFailure(job: Job, pod: Pod): FailureAction {
  const rules = job.spec?.podFailurePolicy?.rules ?? []
  if (!isFailed(pod)) return {do: 'count'}
  for (const [index, rule] of rules.entries()) {
    const why = matchRule(rule, pod)
    if (why === undefined) continue
    if (rule.action === 'Ignore') return {do: 'ignore'}
    if (rule.action !== 'FailJob') return {do: 'count'}
    return {do: 'fail', message: `${why} matching ${rule.action} rule at index ${index}`}
  }
  return {do: 'count'}
}

function matchRule(rule: PodFailurePolicyRule, pod: Pod): string | undefined {
  const where = `${namespaceOf(pod)}/${nameOf(pod)}`
  if (rule.onExitCodes) {
    const {containerName, operator, values} = rule.onExitCodes
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    for (const {name, state} of statuses) {
      const code = state?.terminated?.exitCode
      if (code === undefined || code === 0 || (containerName && containerName !== name)) continue
      if (values.includes(code) === (operator === 'In')) {
        return `Container ${name} for pod ${where} failed with exit code ${code}`
      }
    }
  }
  for (const pattern of rule.onPodConditions ?? []) {
    const met = pod.status?.conditions?.find(
      ({type, status}) => type === pattern.type && status === pattern.status,
    )
    if (met) return `Pod ${where} has condition ${met.type}`
  }
  return undefined
}
