import {connectRuntime} from '../../../src/lib/sandbox/node/cri/runtime.ts'
import type {Runtime} from '../../../src/lib/sandbox/node/runtime.ts'

export interface TestPod {
  ip: string
  /** Runs a command in the pod; its stdout, or what it complained about. */
  exec(...command: string[]): Promise<{code: number; out: string}>
}

export interface PodMaker {
  runtime: Runtime
  run(name: string, command: string[]): Promise<TestPod>
}

export interface PodMakerOptions {
  socket: string
  logs: string
  cgroups: string
  nameServer: string
  domain: string
}

/** Pods made straight through the container runtime: for tests of what lies below a node. */
export function podMaker({socket, logs, cgroups, nameServer, domain}: PodMakerOptions): PodMaker {
  const runtime = connectRuntime(socket)
  return {
    runtime,
    async run(name, command) {
      const sandboxConfig = {
        metadata: {name, namespace: 'test', uid: name, attempt: 0},
        hostname: name,
        linux: {cgroup_parent: `/${cgroups}/${name}`},
        log_directory: `${logs}/${name}`,
        dns_config: {
          servers: [nameServer],
          searches: [`test.svc.${domain}`, `svc.${domain}`],
          options: ['ndots:5'],
        },
      }
      const sandboxId = await runtime.runSandbox(sandboxConfig)
      const containerConfig = {
        metadata: {name: 'main', attempt: 0},
        image: {image: 'localhost/busybox:1'},
        command,
        log_path: 'main.log',
      }
      const id = await runtime.createContainer(sandboxId, containerConfig, sandboxConfig)
      await runtime.startContainer(id)
      const {ip = ''} = (await runtime.sandbox(sandboxId)) ?? {}
      return {
        ip,
        async exec(...args) {
          const {stdout, stderr, exit_code} = await runtime.execSync(id, args, 20)
          return {code: exit_code, out: `${Buffer.from(stdout)}${Buffer.from(stderr)}`}
        },
      }
    },
  }
}
