import type {Container, Pod, SeccompProfile} from 'kubernetes-types/core/v1.d.ts'
import {describePod} from './containers.ts'
import type {LinuxSecurityContext} from './cri/container-messages.ts'
import type {NamespaceOption, SecurityProfile} from './cri/sandbox-messages.ts'
import type {Input} from './cri/wire.ts'
import {ConfigError} from './environment/environment.ts'
import type {ImageRecord} from './runtime.ts'

// What a container may not see or change of the kernel unless it is privileged.
const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
]
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

export const runAsUserOf = (pod: Pod, container: Container): number | undefined =>
  container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser

/** The one user that all containers of the pod run as, where they agree on one. */
export function commonUserOf(pod: Pod, containers: readonly Container[]): number | undefined {
  const [first, ...rest] = new Set(containers.map(each => runAsUserOf(pod, each)))
  return rest.length === 0 ? first : undefined
}

export function profileOf(profile: SeccompProfile | undefined): Input<typeof SecurityProfile> {
  if (profile?.type === 'RuntimeDefault') return {profile_type: 'RuntimeDefault'}
  if (profile?.type === 'Localhost') {
    return {profile_type: 'Localhost', localhost_ref: profile.localhostProfile ?? ''}
  }
  return {profile_type: 'Unconfined'}
}

export function namespacesOf(pod: Pod): Input<typeof NamespaceOption> {
  const {hostNetwork, hostPID, hostIPC, shareProcessNamespace} = pod.spec ?? {}
  return {
    network: hostNetwork ? 'NODE' : 'POD',
    pid: hostPID ? 'NODE' : shareProcessNamespace ? 'POD' : 'CONTAINER',
    ipc: hostIPC ? 'NODE' : 'POD',
  }
}

/** Groups beside the primary one, of the pod's every process. */
export function groupsOf(pod: Pod): number[] {
  const {fsGroup, supplementalGroups = []} = pod.spec?.securityContext ?? {}
  return [...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])]
}

function refuseRoot(pod: Pod, container: Container, image: ImageRecord): void {
  const isForbidden = container.securityContext?.runAsNonRoot ?? pod.spec?.securityContext?.runAsNonRoot
  if (!isForbidden) return
  const where = `(pod: "${describePod(pod)}", container: ${container.name})`
  const user = runAsUserOf(pod, container)
  if (user !== undefined && user !== 0) return
  if (user === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`)
  if (image.uid === undefined && image.username !== '') {
    const name = image.username
    throw new ConfigError(
      `container has runAsNonRoot and image has non-numeric user (${name}), cannot verify user is non-root ${where}`,
    )
  }
  if (image.uid === undefined || image.uid === 0) {
    throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`)
  }
}

function userOf(pod: Pod, container: Container, image: ImageRecord): Input<typeof LinuxSecurityContext> {
  const group = container.securityContext?.runAsGroup ?? pod.spec?.securityContext?.runAsGroup
  const withGroup = group === undefined ? {} : {run_as_group: {value: group}}
  const user = runAsUserOf(pod, container) ?? image.uid
  if (user !== undefined) return {run_as_user: {value: user}, ...withGroup}
  if (image.username !== '') return {run_as_username: image.username, ...withGroup}
  return {run_as_user: {value: 0}, ...withGroup}
}

/** How the kernel confines a container. Throws `ConfigError` where it would run as root but must not. */
export function securityOf(
  pod: Pod,
  container: Container,
  image: ImageRecord,
): Input<typeof LinuxSecurityContext> {
  refuseRoot(pod, container, image)
  const own = container.securityContext ?? {}
  const isPrivileged = own.privileged ?? false
  const isUnmasked = isPrivileged || own.procMount === 'Unmasked'
  return {
    ...userOf(pod, container, image),
    namespace_options: namespacesOf(pod),
    privileged: isPrivileged,
    readonly_rootfs: own.readOnlyRootFilesystem ?? false,
    no_new_privs: own.allowPrivilegeEscalation === false,
    supplemental_groups: groupsOf(pod),
    capabilities: {
      add_capabilities: own.capabilities?.add ?? [],
      drop_capabilities: own.capabilities?.drop ?? [],
    },
    seccomp: isPrivileged
      ? {profile_type: 'Unconfined'}
      : profileOf(own.seccompProfile ?? pod.spec?.securityContext?.seccompProfile),
    masked_paths: isUnmasked ? [] : maskedPaths,
    readonly_paths: isUnmasked ? [] : readonlyPaths,
  }
}
