import {type ChildProcess, execFileSync, spawn} from 'node:child_process'
import {existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {buildBusyboxImage} from './image.ts'

/** A containerd of the tests' own, under one folder, with its own bridge and addresses. */
export interface PrivateContainerd {
  readonly socket: string
  readonly folder: string
  readonly pid: number
  /** Kills it with SIGKILL and starts it anew; the containers go on. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface Range {
  bridge: string
  subnet: string
}

const config = (folder: string) => `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
  address = "${folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = "${folder}/runc"
`

const network = (folder: string, {bridge, subnet}: Range) =>
  JSON.stringify({
    cniVersion: '0.4.0',
    name: bridge,
    plugins: [
      {
        type: 'bridge',
        bridge,
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: join(folder, 'ipam'),
          ranges: [[{subnet}]],
          routes: [{dst: '0.0.0.0/0'}],
        },
      },
    ],
  })

const ctr = (folder: string, ...args: string[]) =>
  execFileSync('ctr', ['-a', join(folder, 'containerd.sock'), '-n', 'k8s.io', ...args], {stdio: 'pipe'})

/** Ends what an earlier run that was killed has left behind: containerd, its shims, the containers' processes. */
function endEarlier(folder: string): void {
  const procs = `find /sys/fs/cgroup -path '*/pgk-test-${basename(folder)}/*' -name cgroup.procs -exec cat {} +`
  const inside = new Set(execFileSync('sh', ['-c', procs]).toString().split('\n'))
  for (const entry of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(join('/proc', entry, 'cmdline'), 'utf8')
      const isServer = command.includes(folder) && /^\S*containerd/.test(command)
      if (isServer || inside.has(entry)) process.kill(Number(entry), 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
}

async function launch(folder: string): Promise<ChildProcess> {
  const log = openSync(join(folder, 'containerd.log'), 'a')
  const child = spawn('containerd', ['-c', join(folder, 'config.toml')], {stdio: ['ignore', log, log]})
  for (let tries = 0; tries < 100; tries++) {
    await sleep(50)
    try {
      ctr(folder, 'version')
      return child
    } catch {
      if (child.exitCode !== null) break
    }
  }
  throw new Error(`containerd did not start, see ${folder}/containerd.log`)
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise(resolve => child.once('exit', resolve))
  child.kill(signal)
  await exited
}

function unmountBelow(folder: string): void {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  const points = mounts
    .flatMap(line => line.split(' ')[4] ?? [])
    .filter(point => point.startsWith(`${folder}/`))
  for (const point of points.reverse()) execFileSync('umount', ['-l', point])
}

/** Takes away what the pods' runtime leaves outside its folder: control groups, notes about addresses, the bridge. */
function removeTraces(cgroup: string, {bridge}: Range): void {
  const script = `
    for try in 1 2 3; do
      for top in $(find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -name '${cgroup}'); do
        find $top -depth -type d -exec rmdir {} +
      done
      sleep 0.1
    done
    rm -f /var/lib/cni/results/${bridge}-*
    ip link del ${bridge} 2>/dev/null
    true`
  execFileSync('sh', ['-c', script], {stdio: 'ignore'})
}

export async function startContainerd(folder: string, range: Range): Promise<PrivateContainerd> {
  if (existsSync(folder)) {
    endEarlier(folder)
    unmountBelow(folder)
    rmSync(folder, {recursive: true})
  }
  mkdirSync(join(folder, 'cni'), {recursive: true})
  writeFileSync(join(folder, 'config.toml'), config(folder))
  writeFileSync(join(folder, 'cni/10-test.conflist'), network(folder, range))
  let child = await launch(folder)
  const pause = buildBusyboxImage(join(folder, 'pause'), 'localhost/pause:1', ['/bin/sleep', '1000000'])
  const busybox = buildBusyboxImage(join(folder, 'busybox'), 'localhost/busybox:1', ['/bin/sh'])
  for (const archive of [pause, busybox]) ctr(folder, 'images', 'import', archive)
  return {
    folder,
    socket: join(folder, 'containerd.sock'),
    get pid() {
      return child.pid ?? 0
    },
    async restart() {
      await end(child, 'SIGKILL')
      child = await launch(folder)
    },
    async stop() {
      await end(child, 'SIGTERM')
      unmountBelow(folder)
      rmSync(folder, {recursive: true, force: true})
      removeTraces(`pgk-test-${basename(folder)}`, range)
    },
  }
}
