import {Int64Value, NamespaceOption, SandboxConfig, SecurityProfile} from './sandbox-messages.ts'
import {
  bool,
  bytes,
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

// The part of the Kubernetes container runtime interface, `runtime.v1`, that concerns containers and images.

const Propagation = enumeration('runtime.v1.MountPropagation', {
  PROPAGATION_PRIVATE: 0,
  PROPAGATION_HOST_TO_CONTAINER: 1,
  PROPAGATION_BIDIRECTIONAL: 2,
})
const ContainerState = enumeration('runtime.v1.ContainerState', {
  CONTAINER_CREATED: 0,
  CONTAINER_RUNNING: 1,
  CONTAINER_EXITED: 2,
  CONTAINER_UNKNOWN: 3,
})

export const ImageSpec = message('runtime.v1.ImageSpec', {image: string(1), annotations: stringMap(2)})
export const KeyValue = message('runtime.v1.KeyValue', {key: string(1), value: string(2)})
export const Mount = message('runtime.v1.Mount', {
  container_path: string(1),
  host_path: string(2),
  readonly: bool(3),
  propagation: choice(5, Propagation),
})
export const LinuxResources = message('runtime.v1.LinuxContainerResources', {
  cpu_period: int64(1),
  cpu_quota: int64(2),
  cpu_shares: int64(3),
  memory_limit_in_bytes: int64(4),
  oom_score_adj: int64(5),
})
const Capability = message('runtime.v1.Capability', {
  add_capabilities: strings(1),
  drop_capabilities: strings(2),
})
export const LinuxSecurityContext = message('runtime.v1.LinuxContainerSecurityContext', {
  capabilities: one(1, Capability),
  privileged: bool(2),
  namespace_options: one(3, NamespaceOption),
  run_as_user: one(5, Int64Value),
  run_as_group: one(12, Int64Value),
  run_as_username: string(6),
  readonly_rootfs: bool(7),
  supplemental_groups: int64s(8),
  no_new_privs: bool(11),
  masked_paths: strings(13),
  readonly_paths: strings(14),
  seccomp: one(15, SecurityProfile),
})
const LinuxConfig = message('runtime.v1.LinuxContainerConfig', {
  resources: one(1, LinuxResources),
  security_context: one(2, LinuxSecurityContext),
})
const ContainerMetadata = message('runtime.v1.ContainerMetadata', {name: string(1), attempt: uint32(2)})
export const ContainerConfig = message('runtime.v1.ContainerConfig', {
  metadata: one(1, ContainerMetadata),
  image: one(2, ImageSpec),
  command: strings(3),
  args: strings(4),
  working_dir: string(5),
  envs: many(6, KeyValue),
  mounts: many(7, Mount),
  labels: stringMap(9),
  annotations: stringMap(10),
  log_path: string(11),
  stdin: bool(12),
  stdin_once: bool(13),
  tty: bool(14),
  linux: one(15, LinuxConfig),
})
export const CreateContainerRequest = message('runtime.v1.CreateContainerRequest', {
  pod_sandbox_id: string(1),
  config: one(2, ContainerConfig),
  sandbox_config: one(3, SandboxConfig),
})
export const ContainerId = message('runtime.v1.ContainerIdMessage', {container_id: string(1)})
export const StopContainerRequest = message('runtime.v1.StopContainerRequest', {
  container_id: string(1),
  timeout: int64(2),
})
const Container = message('runtime.v1.Container', {
  id: string(1),
  pod_sandbox_id: string(2),
  metadata: one(3, ContainerMetadata),
  state: choice(6, ContainerState),
  created_at: int64(7),
  labels: stringMap(8),
  annotations: stringMap(9),
})
export const ListContainersResponse = message('runtime.v1.ListContainersResponse', {
  containers: many(1, Container),
})
export const ContainerStatusRequest = message('runtime.v1.ContainerStatusRequest', {
  container_id: string(1),
  verbose: bool(2),
})
export const ContainerStatus = message('runtime.v1.ContainerStatus', {
  id: string(1),
  metadata: one(2, ContainerMetadata),
  state: choice(3, ContainerState),
  created_at: int64(4),
  started_at: int64(5),
  finished_at: int64(6),
  exit_code: int32(7),
  image: one(8, ImageSpec),
  image_ref: string(9),
  reason: string(10),
  message: string(11),
  labels: stringMap(12),
  annotations: stringMap(13),
  mounts: many(14, Mount),
  log_path: string(15),
})
export const ContainerStatusResponse = message('runtime.v1.ContainerStatusResponse', {
  status: one(1, ContainerStatus),
  info: stringMap(2),
})
export const ExecSyncRequest = message('runtime.v1.ExecSyncRequest', {
  container_id: string(1),
  cmd: strings(2),
  timeout: int64(3),
})
export const ExecSyncResponse = message('runtime.v1.ExecSyncResponse', {
  stdout: bytes(1),
  stderr: bytes(2),
  exit_code: int32(3),
})
export const AttachRequest = message('runtime.v1.AttachRequest', {
  container_id: string(1),
  stdin: bool(2),
  tty: bool(3),
  stdout: bool(4),
  stderr: bool(5),
})
export const StreamingUrl = message('runtime.v1.StreamingUrlMessage', {url: string(1)})

const Image = message('runtime.v1.Image', {
  id: string(1),
  repo_tags: strings(2),
  repo_digests: strings(3),
  uid: one(5, Int64Value),
  username: string(6),
})
export const ImageStatusRequest = message('runtime.v1.ImageStatusRequest', {
  image: one(1, ImageSpec),
  verbose: bool(2),
})
export const ImageStatusResponse = message('runtime.v1.ImageStatusResponse', {
  image: one(1, Image),
  info: stringMap(2),
})
export const VersionResponse = message('runtime.v1.VersionResponse', {
  version: string(1),
  runtime_name: string(2),
  runtime_version: string(3),
  runtime_api_version: string(4),
})
