import {join} from 'node:path'
import {usageError} from '../../errors.ts'
import type {SandboxPaths} from '../ports.ts'

/** The sandbox that commands mean when none is named. */
export const defaultSandbox = 'default'

/** Where the sandbox of this name keeps its things. `PGK_SANDBOX_ROOT` moves the state of all sandboxes. */
export function sandboxPaths(name: string, environment: NodeJS.ProcessEnv): SandboxPaths {
  if (!/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/.test(name)) {
    throw usageError('SANDBOX_NAME_INVALID', `\`${name}\` cannot name a sandbox`, {
      reason: 'a name has 1 to 20 lower-case letters, digits and hyphens, none at its ends',
    })
  }
  return {
    root: join(environment['PGK_SANDBOX_ROOT'] ?? '/var/lib/pgk/sandbox', name),
    run: join('/run/pgk/sandbox', name),
    images: environment['PGK_SANDBOX_IMAGES'] ?? '/var/cache/pgk/images',
  }
}

/** Files of a sandbox that several parts use. */
export function sandboxFiles(paths: SandboxPaths) {
  return {
    settings: join(paths.root, 'sandbox.json'),
    kubeconfig: join(paths.root, 'kubeconfig'),
    database: join(paths.root, 'state.db'),
    networks: join(paths.root, 'cni'),
    nodes: join(paths.root, 'nodes'),
    logs: join(paths.root, 'logs'),
    daemonLog: join(paths.root, 'logs', 'daemon.log'),
    daemonPid: join(paths.run, 'daemon.pid'),
    boot: join(paths.run, 'boot-id'),
    forwarding: join(paths.run, 'forwarding-was-off'),
    /** There while the daemon has everything running. */
    ready: join(paths.run, 'ready'),
    /** There once the daemon has stopped nodes and controllers. */
    drained: join(paths.run, 'drained'),
    volumes: join(paths.root, 'volumes'),
    leases: join(paths.run, 'addresses'),
  }
}

/** The daemon holds this lock for as long as it lives; another one cannot start meanwhile. */
export function daemonLock(name: string): string {
  return `sandbox/${name}/daemon`
}

/** Held while somebody brings a sandbox up or down. */
export function changeLock(name: string): string {
  return `sandbox/${name}/change`
}

/** The root of the pods' tree of control groups. */
export function cgroupRoot(name: string): string {
  return `pgk-${name}`
}
