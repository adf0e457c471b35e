import type {Container, Pod, VolumeMount} from 'kubernetes-types/core/v1.d.ts'
import {linuxResources, qosClassOf} from './amounts.ts'
import type {ContainerConfig, Mount} from './cri/container-messages.ts'
import type {Input} from './cri/wire.ts'
import {expand} from './environment/expand.ts'
import {
  containerNameLabel,
  imageAnnotation,
  messagePathAnnotation,
  podNameLabel,
  podNamespaceLabel,
  podUidLabel,
  restartCountAnnotation,
} from './labels.ts'
import type {ImageRecord} from './runtime.ts'
import {logPath} from './sandbox-config.ts'
import {securityOf} from './security.ts'

export interface ContainerOptions {
  readonly image: ImageRecord
  readonly restarts: number
  readonly environment: ReadonlyMap<string, string>
  readonly mounts: readonly Input<typeof Mount>[]
  readonly machineBytes: number
  /** Where the process's last words are kept on the host. */
  readonly messageFile: string
}

const propagations = {
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
} as const

export function propagationOf({mountPropagation: name}: VolumeMount) {
  if (name === 'HostToContainer' || name === 'Bidirectional') return propagations[name]
  return 'PROPAGATION_PRIVATE'
}

/** Pure. What the runtime needs to know to make a container. Throws `ConfigError`. */
export function containerConfig(
  pod: Pod,
  container: Container,
  options: ContainerOptions,
): Input<typeof ContainerConfig> {
  const {name = '', namespace = '', uid = ''} = pod.metadata ?? {}
  const {environment, restarts} = options
  const lookUp = (variable: string) => environment.get(variable)
  return {
    metadata: {name: container.name, attempt: restarts},
    image: {image: options.image.id},
    command: (container.command ?? []).map(each => expand(each, lookUp)),
    args: (container.args ?? []).map(each => expand(each, lookUp)),
    working_dir: container.workingDir ?? '',
    envs: [...environment].map(([key, value]) => ({key, value})),
    mounts: options.mounts,
    labels: {
      [containerNameLabel]: container.name,
      [podNameLabel]: name,
      [podNamespaceLabel]: namespace,
      [podUidLabel]: uid,
    },
    annotations: {
      [restartCountAnnotation]: String(restarts),
      [imageAnnotation]: container.image ?? '',
      [messagePathAnnotation]: options.messageFile,
    },
    log_path: logPath(container.name, restarts),
    stdin: container.stdin ?? false,
    stdin_once: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    linux: {
      resources: linuxResources(container, qosClassOf(pod), options.machineBytes),
      security_context: securityOf(pod, container, options.image),
    },
  }
}
