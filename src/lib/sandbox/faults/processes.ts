import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {signalProcess} from '../host/processes.ts'

const top = '/sys/fs/cgroup'

/** All processes in a control group and below it: `pgk-default/pod8a6c…/4e79…`. */
export async function processesIn(group: string): Promise<number[]> {
  for (const hierarchy of ['pids', 'memory', '.', 'unified']) {
    const found = await processesBelow(join(top, hierarchy, group))
    if (found.length > 0) return found
  }
  return []
}

async function processesBelow(folder: string): Promise<number[]> {
  const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => undefined)
  if (text === undefined) return []
  const entries = await readdir(folder, {withFileTypes: true}).catch(() => [])
  const below = entries
    .filter(each => each.isDirectory())
    .map(each => processesBelow(join(folder, each.name)))
  const own = text.split('\n').filter(line => line !== '')
  return [...own.map(Number), ...(await Promise.all(below)).flat()]
}

/** The states that count as stopped: stopped, about to die, dead. */
const still = new Set(['T', 't', 'Z', 'X'])

/** Stops every process of the group, also those that start while it is at it. Gives how many there are. */
export async function stopAll(group: string): Promise<number> {
  for (let round = 0; ; round++) {
    const all = await processesIn(group)
    const moving: number[] = []
    for (const pid of all) if (!still.has((await stateOf(pid)).state)) moving.push(pid)
    if (moving.length === 0 || round === 50) return all.length
    for (const pid of moving) signalProcess(pid, 'SIGSTOP')
    await sleep(5)
  }
}

/** Lets every process of the group go on. */
export async function continueAll(group: string): Promise<void> {
  for (const pid of await processesIn(group)) signalProcess(pid, 'SIGCONT')
}

interface ProcessState {
  /** The kernel's letter: `R`, `S`, `T`, … */
  state: string
  /** Its number in its own namespace; 1 is the first process of a container. */
  inside: number
}

async function stateOf(pid: number): Promise<ProcessState> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const inside = /^NSpid:.*?(\d+)$/m.exec(status)?.[1]
  return {state: /^State:\s+(\S)/m.exec(status)?.[1] ?? 'X', inside: Number(inside ?? 0)}
}

/**
 * The processes of a group apart: the container's first one, whose end is the container's, and the rest.
 * Where containers of a pod share their processes, it is the eldest.
 */
export async function membersOf(group: string): Promise<{first: number | undefined; rest: number[]}> {
  const all = (await processesIn(group)).sort((a, b) => a - b)
  const states = await Promise.all(all.map(stateOf))
  const index = Math.max(
    0,
    states.findIndex(({inside}) => inside === 1),
  )
  const first = all[index]
  return {first, rest: all.filter(pid => pid !== first)}
}
