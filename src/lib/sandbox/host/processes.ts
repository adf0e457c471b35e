import {readdirSync, readFileSync} from 'node:fs'

/** A process's arguments; empty when it is gone or a kernel thread. */
export function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  } catch {
    return []
  }
}

/** True while this process runs with this argument: a number alone may have been given to another program. */
export function runsWith(pid: number, argument: string): boolean {
  return argumentsOf(pid).includes(argument) && !isZombie(pid)
}

/** All processes that have this argument on their command line. */
export function processesWith(argument: string): number[] {
  return allProcesses().filter(pid => pid !== process.pid && runsWith(pid, argument))
}

/** The processes below these, at any depth, without them. */
export function descendantsOf(roots: readonly number[]): number[] {
  const parents = new Map(allProcesses().map(pid => [pid, parentOf(pid)]))
  const found = new Set(roots)
  for (let before = -1; before !== found.size; ) {
    before = found.size
    for (const [pid, parent] of parents) if (parent !== undefined && found.has(parent)) found.add(pid)
  }
  return [...found].filter(pid => !roots.includes(pid))
}

/** Sends a signal; false when the process is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

function allProcesses(): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
}

/** State and parent follow the program's name, which may hold any character, in the last parenthesis. */
function statOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

function parentOf(pid: number): number | undefined {
  const parent = statOf(pid)[1]
  return parent === undefined ? undefined : Number(parent)
}

function isZombie(pid: number): boolean {
  return statOf(pid)[0] === 'Z'
}
