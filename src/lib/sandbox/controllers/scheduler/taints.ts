import type {Pod, Taint, Toleration} from 'kubernetes-types/core/v1.d.ts'

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false
  if (toleration.key && toleration.key !== taint.key) return false
  if (toleration.operator === 'Exists') return true
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '')
}

/** The node's taints of these effects that the pod does not tolerate. */
export function untolerated(
  pod: Pod,
  taints: readonly Taint[] | undefined,
  effects: readonly string[],
): Taint[] {
  const tolerations = pod.spec?.tolerations ?? []
  return (taints ?? []).filter(
    taint => effects.includes(taint.effect) && !tolerations.some(each => tolerates(each, taint)),
  )
}

export const hardEffects = ['NoSchedule', 'NoExecute'] as const
export const unschedulableTaint: Taint = {key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule'}
