import {isObject, type JsonObject} from '../json.ts'
import {fill} from './fields.ts'

/**
 * Some field errors print a value in Go's internal names, every field present. These are the fields of those
 * structs in their order; a scalar of Go has its zero value, anything held by pointer or slice is null.
 */
const podSpec: JsonObject = {
  Volumes: null,
  InitContainers: null,
  Containers: null,
  EphemeralContainers: null,
  RestartPolicy: '',
  TerminationGracePeriodSeconds: null,
  ActiveDeadlineSeconds: null,
  DNSPolicy: '',
  NodeSelector: null,
  ServiceAccountName: '',
  AutomountServiceAccountToken: null,
  NodeName: '',
  SecurityContext: null,
  ImagePullSecrets: null,
  Hostname: '',
  Subdomain: '',
  SetHostnameAsFQDN: null,
  Affinity: null,
  SchedulerName: '',
  Tolerations: null,
  HostAliases: null,
  PriorityClassName: '',
  Priority: null,
  PreemptionPolicy: null,
  DNSConfig: null,
  ReadinessGates: null,
  RuntimeClassName: null,
  Overhead: null,
  EnableServiceLinks: null,
  TopologySpreadConstraints: null,
  OS: null,
  SchedulingGates: null,
  ResourceClaims: null,
  Resources: null,
  HostnameOverride: null,
  SchedulingGroup: null,
}

const container: JsonObject = {
  Name: '',
  Image: '',
  Command: null,
  Args: null,
  WorkingDir: '',
  Ports: null,
  EnvFrom: null,
  Env: null,
  Resources: {Limits: null, Requests: null, Claims: null},
  ResizePolicy: null,
  RestartPolicy: null,
  RestartPolicyRules: null,
  VolumeMounts: null,
  VolumeDevices: null,
  LivenessProbe: null,
  ReadinessProbe: null,
  StartupProbe: null,
  Lifecycle: null,
  TerminationMessagePath: '',
  TerminationMessagePolicy: '',
  ImagePullPolicy: '',
  SecurityContext: null,
  Stdin: false,
  StdinOnce: false,
  TTY: false,
}

const podSecurity: JsonObject = {
  HostNetwork: false,
  HostPID: false,
  HostIPC: false,
  ShareProcessNamespace: null,
  HostUsers: null,
  SELinuxOptions: null,
  WindowsOptions: null,
  RunAsUser: null,
  RunAsGroup: null,
  RunAsNonRoot: null,
  SupplementalGroups: null,
  SupplementalGroupsPolicy: null,
  FSGroup: null,
  FSGroupChangePolicy: null,
  Sysctls: null,
  SeccompProfile: null,
  AppArmorProfile: null,
  SELinuxChangePolicy: null,
}

const port: JsonObject = {Name: '', HostPort: 0, ContainerPort: 0, Protocol: '', HostIP: ''}
const variable: JsonObject = {Name: '', Value: '', ValueFrom: null}
const mount: JsonObject = {
  Name: '',
  ReadOnly: false,
  RecursiveReadOnly: null,
  MountPath: '',
  SubPath: '',
  MountPropagation: null,
  SubPathExpr: '',
}

const shapes: Record<string, JsonObject> = {
  Containers: container,
  InitContainers: container,
  SecurityContext: podSecurity,
  Ports: port,
  Env: variable,
  VolumeMounts: mount,
}

/** Names that Go writes in capitals throughout. */
const initials: Record<string, string> = {
  tty: 'TTY',
  dnsPolicy: 'DNSPolicy',
  dnsConfig: 'DNSConfig',
  os: 'OS',
}

const goName = (name: string): string =>
  initials[name] ??
  `${name.charAt(0).toUpperCase()}${name.slice(1)}`
    .replace(/^Fs(?=[A-Z])/, 'FS')
    .replace(/^SeLinux/, 'SELinux')
    .replace(/^Host(Ip|IP)$/, 'HostIP')

function goValue(value: unknown, shape: JsonObject | undefined, isMap: boolean): unknown {
  if (Array.isArray(value)) return value.map(entry => goValue(entry, shape, false))
  if (!isObject(value)) return value
  const made: JsonObject = {...shape}
  for (const [key, entry] of Object.entries(value)) {
    const name = isMap ? key : goName(key)
    // A container's security context has other members than a pod's.
    const inner = shape === container && name === 'SecurityContext' ? undefined : shapes[name]
    made[name] = goValue(entry, inner, isMapField(name))
  }
  if (shape === container) {
    const resources = made['Resources']
    if (isObject(resources)) fill(resources, {Limits: null, Requests: null, Claims: null})
  }
  return made
}

const isMapField = (name: string): boolean =>
  ['NodeSelector', 'Limits', 'Requests', 'Overhead'].includes(name)

const hostFields = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers']

/** A pod's spec as Kubernetes prints it in an error about an immutable template. */
export function goPodSpec(spec: JsonObject): JsonObject {
  const {serviceAccount: _, ...rest} = spec
  const moved = Object.fromEntries(hostFields.filter(key => key in rest).map(key => [key, rest[key]]))
  const own = Object.fromEntries(Object.entries(rest).filter(([key]) => !hostFields.includes(key)))
  const context = isObject(own['securityContext']) ? own['securityContext'] : {}
  const made = goValue({...own, securityContext: {...context, ...moved}}, podSpec, false)
  return isObject(made) ? made : {}
}
