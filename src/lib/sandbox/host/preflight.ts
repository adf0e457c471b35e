import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {refusedError} from '../../errors.ts'

/** Directories of system programs that an ordinary user's path lacks. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']
const pluginFolders = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni']

/** Programs that the sandbox runs, with the Debian package that brings each. */
const programs = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  nft: 'nftables',
  ip: 'iproute2',
  mmdebstrap: 'mmdebstrap',
  busybox: 'busybox-static',
  'apt-get': 'apt',
}
const plugins = ['ptp', 'host-local', 'loopback']
const pluginPackage = 'containernetworking-plugins'
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

export interface Machine {
  platform: NodeJS.Platform
  userId: number
  path: string
  exists: (file: string) => boolean
}

export function thisMachine(): Machine {
  return {
    platform: process.platform,
    userId: process.getuid?.() ?? -1,
    path: process.env['PATH'] ?? '',
    exists: existsSync,
  }
}

/** Refuses where the state of sandboxes cannot be read or changed. */
export function requireRoot(machine: Machine, command: string): void {
  if (machine.platform !== 'linux') {
    throw refusedError('SANDBOX_PLATFORM', 'the sandbox runs on Linux only', {
      hints: ['Use any Kubernetes instead: pgk --context NAME create cluster …'],
    })
  }
  if (machine.userId !== 0) {
    throw refusedError(
      'SANDBOX_NOT_ROOT',
      'the sandbox needs root, to run containers and to set up their network',
      {hints: [`sudo pgk sandbox ${command}`]},
    )
  }
}

/** Refuses, naming what to do, where a sandbox cannot run. Returns the folder of the CNI plugins. */
export function preflight(machine: Machine): string {
  requireRoot(machine, 'up')
  const folder = pluginFolders.find(candidate => machine.exists(join(candidate, 'ptp')))
  const missing = missingPackages(machine, folder)
  if (missing.length === 0 && folder !== undefined) return folder
  throw refusedError('SANDBOX_TOOL_MISSING', `the sandbox needs ${missing.join(', ')}`, {
    reason: 'not installed on this machine',
    hints: [`apt-get install -y --no-install-recommends ${missing.join(' ')}`],
  })
}

function missingPackages(machine: Machine, pluginFolder: string | undefined): string[] {
  const folders = [...machine.path.split(':'), ...systemFolders].filter(folder => folder !== '')
  const isThere = (program: string) => folders.some(folder => machine.exists(join(folder, program)))
  const missing = Object.entries(programs).flatMap(([program, name]) => (isThere(program) ? [] : [name]))
  const hasPlugins = plugins.every(
    name => pluginFolder !== undefined && machine.exists(join(pluginFolder, name)),
  )
  if (!hasPlugins) missing.push(pluginPackage)
  if (!machine.exists(keyring)) missing.push('debian-archive-keyring')
  return [...new Set(missing)]
}
