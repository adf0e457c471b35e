/** Everything that one sandbox's private containerd needs to know. */
export interface ContainerdSettings {
  /** Content and snapshots; on disk. */
  root: string
  /** Shims' and containers' runtime state; a tmpfs where there is one. */
  state: string
  socket: string
  /** Folder of the CNI network lists. */
  networks: string
  /** Folder of the CNI plugins. */
  plugins: string
  /** State of runc; elsewhere it would be shared with the machine's own containerd. */
  runc: string
  pauseImage: string
}

/** containerd's configuration file. JSON strings are TOML strings. */
export function containerdConfig(settings: ContainerdSettings): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"'
  const text = JSON.stringify
  return `version = 2
root = ${text(settings.root)}
state = ${text(settings.state)}
disabled_plugins = [
  "io.containerd.internal.v1.restart",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.internal.v1.tracing",
]

[grpc]
  address = ${text(settings.socket)}

[debug]
  level = "warn"

[${cri}]
  sandbox_image = ${text(settings.pauseImage)}
  netns_mounts_under_state_dir = true
  # Root may lack CAP_SYS_RESOURCE, without which a score below its own cannot be set.
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"

[${cri}.cni]
  bin_dir = ${text(settings.plugins)}
  conf_dir = ${text(settings.networks)}

[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[${cri}.containerd.runtimes.runc.options]
  SystemdCgroup = false
  Root = ${text(settings.runc)}
`
}
