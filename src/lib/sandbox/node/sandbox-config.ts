import {join} from 'node:path'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {allContainersOf, graceSecondsOf} from './containers.ts'
import type {SandboxConfig} from './cri/sandbox-messages.ts'
import type {Input} from './cri/wire.ts'
import {type DnsConfig, hostnameOf} from './dns.ts'
import {graceAnnotation, podNameLabel, podNamespaceLabel, podUidLabel} from './labels.ts'
import {groupsOf, namespacesOf} from './security.ts'

/** Where a node keeps the things of its pods. */
export class PodFolders {
  private readonly root: string

  constructor(root: string) {
    this.root = root
  }

  get pods(): string {
    return join(this.root, 'pods')
  }

  pod(uid: string): string {
    return join(this.pods, uid)
  }

  get allLogs(): string {
    return join(this.root, 'logs')
  }

  logs(namespace: string, name: string, uid: string): string {
    return join(this.allLogs, `${namespace}_${name}_${uid}`)
  }
}

export const logsOf = (folders: PodFolders, pod: Pod): string =>
  folders.logs(pod.metadata?.namespace ?? '', pod.metadata?.name ?? '', pod.metadata?.uid ?? '')

/** A container's log below its pod's log folder. */
export const logPath = (container: string, restarts: number): string => `${container}/${restarts}.log`

/** `/pgk-hippo/pod8a6c…`: the pod's place in the tree of control groups. */
export const cgroupOf = (root: string, podUid: string): string => `/${root}/pod${podUid}`

export interface SandboxOptions {
  readonly attempt: number
  readonly logFolder: string
  readonly cgroup: string
  readonly dns: DnsConfig
}

const protocols = {TCP: 'TCP', UDP: 'UDP', SCTP: 'SCTP'} as const
const protocolOf = (name: string | undefined) => (name === 'UDP' || name === 'SCTP' ? protocols[name] : 'TCP')

/** Pure. What the runtime needs to know to make a pod's sandbox. */
export function sandboxConfig(pod: Pod, options: SandboxOptions): Input<typeof SandboxConfig> {
  const {name = '', namespace = '', uid = ''} = pod.metadata ?? {}
  const containers = allContainersOf(pod)
  const sysctls = (pod.spec?.securityContext?.sysctls ?? []).map(each => [each.name, each.value])
  return {
    metadata: {name, namespace, uid, attempt: options.attempt},
    hostname: pod.spec?.hostNetwork ? '' : hostnameOf(pod),
    log_directory: options.logFolder,
    dns_config: options.dns,
    port_mappings: containers.flatMap(({ports = []}) =>
      ports.map(port => ({
        protocol: protocolOf(port.protocol),
        container_port: port.containerPort,
        host_port: port.hostPort ?? 0,
        host_ip: port.hostIP ?? '',
      })),
    ),
    labels: {
      ...pod.metadata?.labels,
      [podNameLabel]: name,
      [podNamespaceLabel]: namespace,
      [podUidLabel]: uid,
    },
    annotations: {...pod.metadata?.annotations, [graceAnnotation]: String(graceSecondsOf(pod))},
    linux: {
      cgroup_parent: options.cgroup,
      sysctls: Object.fromEntries(sysctls),
      security_context: {
        namespace_options: namespacesOf(pod),
        supplemental_groups: groupsOf(pod),
        privileged: containers.some(each => each.securityContext?.privileged === true),
        seccomp: {profile_type: 'RuntimeDefault'},
      },
    },
  }
}
