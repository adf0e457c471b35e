import {at, flag, list, text} from '../../../src/lib/observe/fields.ts'
import type {KubeObject} from '../../../src/lib/ports.ts'

/** The pod template of a StatefulSet, Job or CronJob. */
export function podOf(object: KubeObject): unknown {
  return object.kind === 'CronJob'
    ? at(object, 'spec', 'jobTemplate', 'spec', 'template')
    : at(object, 'spec', 'template')
}

const containers = (pod: unknown): readonly unknown[] => [
  ...list(pod, 'spec', 'initContainers'),
  ...list(pod, 'spec', 'containers'),
]

const volumeKinds = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
])

function containerOffences(container: unknown, podContext: unknown): string[] {
  const context = at(container, 'securityContext')
  const name = text(container, 'name') ?? ''
  const dropped = list(context, 'capabilities', 'drop')
  const checks: [boolean, string][] = [
    [at(context, 'allowPrivilegeEscalation') === false, 'may escalate privileges'],
    [!flag(context, 'privileged'), 'is privileged'],
    [flag(context, 'readOnlyRootFilesystem'), 'may write to its image'],
    [dropped.includes('ALL') && list(context, 'capabilities', 'add').length === 0, 'keeps capabilities'],
    [flag(context, 'runAsNonRoot') || flag(podContext, 'runAsNonRoot'), 'may run as root'],
    [at(context, 'runAsUser') !== 0, 'runs as root'],
    [list(container, 'ports').every(port => at(port, 'hostPort') === undefined), 'takes a port of the host'],
  ]
  return checks.filter(([holds]) => !holds).map(([, offence]) => `${name} ${offence}`)
}

/** Why the Pod Security Standard `restricted` would refuse a pod; empty when it would not. */
export function offences(pod: unknown): string[] {
  const context = at(pod, 'spec', 'securityContext')
  const shared = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace'].filter(name =>
    flag(pod, 'spec', name),
  )
  const volumes = list(pod, 'spec', 'volumes').flatMap(volume =>
    Object.keys(volume ?? {}).filter(key => key !== 'name' && !volumeKinds.has(key)),
  )
  return [
    ...shared,
    ...volumes.map(kind => `has a ${kind} volume`),
    ...(text(context, 'seccompProfile', 'type') === 'RuntimeDefault' ? [] : ['no seccomp profile']),
    ...(at(context, 'runAsUser') === 0 ? ['runs as root'] : []),
    ...containers(pod).flatMap(container => containerOffences(container, context)),
  ]
}

/** Mount paths of a container that lie in no volume of its pod, and volumes that nothing mounts. */
export function looseMounts(pod: unknown): string[] {
  const named = new Set(list(pod, 'spec', 'volumes').map(volume => text(volume, 'name')))
  const mounted = containers(pod).flatMap(container =>
    list(container, 'volumeMounts').map(mount => text(mount, 'name')),
  )
  return [
    ...mounted.filter(name => !named.has(name)).map(name => `${name} is no volume`),
    ...[...named].filter(name => !mounted.includes(name)).map(name => `${name} is not mounted`),
  ]
}
