import type {Container, Pod} from 'kubernetes-types/core/v1.d.ts'

/** An init container that keeps running beside the main ones. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always'

export const initContainersOf = (pod: Pod): Container[] => pod.spec?.initContainers ?? []
export const mainContainersOf = (pod: Pod): Container[] => pod.spec?.containers ?? []
export const allContainersOf = (pod: Pod): Container[] => [...initContainersOf(pod), ...mainContainersOf(pod)]

export const containerNamed = (pod: Pod, name: string | undefined): Container | undefined =>
  allContainersOf(pod).find(each => each.name === name)

export const restartPolicyOf = (pod: Pod): string => pod.spec?.restartPolicy ?? 'Always'

/** `web-0_default(8a6c…)`, as kubelets name a pod in messages. */
export const describePod = (pod: Pod): string =>
  `${pod.metadata?.name}_${pod.metadata?.namespace}(${pod.metadata?.uid})`

export const graceSecondsOf = (pod: Pod): number =>
  pod.metadata?.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30
