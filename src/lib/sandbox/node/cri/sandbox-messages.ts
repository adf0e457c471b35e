import {
  bool,
  choice,
  enumeration,
  int32,
  int64,
  int64s,
  many,
  message,
  one,
  string,
  stringMap,
  strings,
  uint32,
} from './wire.ts'

// The part of the Kubernetes container runtime interface, `runtime.v1`, that concerns pod sandboxes.

export const Empty = message('runtime.v1.EmptyMessage', {})

const Protocol = enumeration('runtime.v1.Protocol', {TCP: 0, UDP: 1, SCTP: 2})
const NamespaceMode = enumeration('runtime.v1.NamespaceMode', {POD: 0, CONTAINER: 1, NODE: 2, TARGET: 3})
const ProfileType = enumeration('runtime.v1.ProfileType', {
  RuntimeDefault: 0,
  Unconfined: 1,
  Localhost: 2,
})
const SandboxState = enumeration('runtime.v1.PodSandboxState', {SANDBOX_READY: 0, SANDBOX_NOTREADY: 1})

export const Int64Value = message('runtime.v1.Int64Value', {value: int64(1)})
export const NamespaceOption = message('runtime.v1.NamespaceOption', {
  network: choice(1, NamespaceMode),
  pid: choice(2, NamespaceMode),
  ipc: choice(3, NamespaceMode),
  target_id: string(4),
})
export const SecurityProfile = message('runtime.v1.SecurityProfile', {
  profile_type: choice(1, ProfileType),
  localhost_ref: string(2),
})

const DnsConfig = message('runtime.v1.DNSConfig', {
  servers: strings(1),
  searches: strings(2),
  options: strings(3),
})
const PortMapping = message('runtime.v1.PortMapping', {
  protocol: choice(1, Protocol),
  container_port: int32(2),
  host_port: int32(3),
  host_ip: string(4),
})
const SandboxSecurityContext = message('runtime.v1.LinuxSandboxSecurityContext', {
  namespace_options: one(1, NamespaceOption),
  run_as_user: one(3, Int64Value),
  run_as_group: one(8, Int64Value),
  readonly_rootfs: bool(4),
  supplemental_groups: int64s(5),
  privileged: bool(6),
  seccomp: one(9, SecurityProfile),
})
const LinuxSandboxConfig = message('runtime.v1.LinuxPodSandboxConfig', {
  cgroup_parent: string(1),
  security_context: one(2, SandboxSecurityContext),
  sysctls: stringMap(3),
})
const SandboxMetadata = message('runtime.v1.PodSandboxMetadata', {
  name: string(1),
  uid: string(2),
  namespace: string(3),
  attempt: uint32(4),
})
export const SandboxConfig = message('runtime.v1.PodSandboxConfig', {
  metadata: one(1, SandboxMetadata),
  hostname: string(2),
  log_directory: string(3),
  dns_config: one(4, DnsConfig),
  port_mappings: many(5, PortMapping),
  labels: stringMap(6),
  annotations: stringMap(7),
  linux: one(8, LinuxSandboxConfig),
})

export const RunSandboxRequest = message('runtime.v1.RunPodSandboxRequest', {config: one(1, SandboxConfig)})
export const SandboxId = message('runtime.v1.PodSandboxIdMessage', {pod_sandbox_id: string(1)})
export const SandboxStatusRequest = message('runtime.v1.PodSandboxStatusRequest', {
  pod_sandbox_id: string(1),
  verbose: bool(2),
})
const PodIp = message('runtime.v1.PodIP', {ip: string(1)})
const SandboxNetwork = message('runtime.v1.PodSandboxNetworkStatus', {
  ip: string(1),
  additional_ips: many(2, PodIp),
})
const SandboxStatus = message('runtime.v1.PodSandboxStatus', {
  id: string(1),
  metadata: one(2, SandboxMetadata),
  state: choice(3, SandboxState),
  created_at: int64(4),
  network: one(5, SandboxNetwork),
  labels: stringMap(7),
  annotations: stringMap(8),
})
export const SandboxStatusResponse = message('runtime.v1.PodSandboxStatusResponse', {
  status: one(1, SandboxStatus),
  info: stringMap(2),
})
const Sandbox = message('runtime.v1.PodSandbox', {
  id: string(1),
  metadata: one(2, SandboxMetadata),
  state: choice(3, SandboxState),
  created_at: int64(4),
  labels: stringMap(5),
  annotations: stringMap(6),
})
export const ListSandboxesResponse = message('runtime.v1.ListPodSandboxResponse', {items: many(1, Sandbox)})
