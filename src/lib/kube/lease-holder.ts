import {readFileSync, readlinkSync} from 'node:fs'
import {hostname, userInfo} from 'node:os'

/** Who takes a lease: for people, and exactly enough to tell later whether that process still lives. */
export interface Holder {
  /** `jo@laptop:4711` */
  identity: string
  /** `machine/pid/start`; the machine part says which boot and which process namespace the pid belongs to. */
  process: string
  /** The start time of a process of this machine, undefined when there is none. */
  startOf: (pid: number) => string | undefined
}

/** Field 22 of `/proc/PID/stat`: when the process started, in ticks since boot. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

function machine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot}.${/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? ''}`
  } catch {
    // No such files (not Linux): the host's name is enough to be told apart, never to be declared gone.
    return hostname()
  }
}

export function thisProcess(): Holder {
  const start = startOf(process.pid) ?? '?'
  return {
    identity: `${userInfo().username}@${hostname()}:${process.pid}`,
    process: `${machine()}/${process.pid}/${start}`,
    startOf,
  }
}

/** True only when the holder ran on this machine, in this process namespace, and no longer does. */
export function gone(process: string, self: Holder): boolean {
  const [machineOf, pid, start] = process.split('/')
  const [ownMachine, , ownStart] = self.process.split('/')
  if (machineOf !== ownMachine || start === undefined || start === '?' || ownStart === '?') return false
  return self.startOf(Number(pid)) !== start
}
