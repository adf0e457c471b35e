import type {Container, Pod} from 'kubernetes-types/core/v1.d.ts'

export interface Outcome {
  readonly isHealthy: boolean
  /** What a kubelet would say: `HTTP probe failed with statuscode: 503`. */
  readonly output: string
}

/** The container that a probe or a hook is about. */
export interface Target {
  readonly pod: Pod
  readonly container: Container
  readonly containerId: string
  readonly ip: string
}

export const portOf = (port: number | string, container: Container): number =>
  typeof port === 'number'
    ? port
    : (container.ports?.find(each => each.name === port)?.containerPort ?? Number(port))
