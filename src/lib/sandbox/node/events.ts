import type {Container, Pod} from 'kubernetes-types/core/v1.d.ts'
import type {EventRecorder} from '../controllers/recorder.ts'
import {pods} from '../resources.ts'
import {initContainersOf} from './containers.ts'

/** Tells of something that happened to a pod or one of its containers, as an Event. */
export type Say = (type: 'Normal' | 'Warning', reason: string, message: string, container?: Container) => void

export const sayAbout =
  (recorder: EventRecorder, pod: () => Pod): Say =>
  (type, reason, message, container) => {
    const isInit = initContainersOf(pod()).some(each => each.name === container?.name)
    const list = isInit ? 'initContainers' : 'containers'
    recorder.event(pods, pod(), {
      type,
      reason,
      message,
      ...(container ? {fieldPath: `spec.${list}{${container.name}}`} : {}),
    })
  }
