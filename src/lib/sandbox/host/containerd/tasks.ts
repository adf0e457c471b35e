import {readdir, readFile, rm} from 'node:fs/promises'
import {connect} from 'node:net'
import {join} from 'node:path'

export interface Task {
  id: string
  /** Where its shim listens; a killed shim leaves the socket behind. */
  socket: string
}

/** What containerd notes in its state about the shims of sandboxes and containers. */
export async function knownTasks(state: string): Promise<Task[]> {
  const folder = join(state, 'io.containerd.runtime.v2.task', 'k8s.io')
  const ids = await readdir(folder).catch(() => [])
  return Promise.all(
    ids.map(async id => {
      const address = await readFile(join(folder, id, 'address'), 'utf8').catch(() => '')
      return {id, socket: address.replace('unix://', '') || join(folder, id, 'address')}
    }),
  )
}

/** Removes the sockets of shims that are gone, which containerd forgets with their tasks when it starts. */
export async function removeDeadSockets(state: string): Promise<void> {
  const sockets = new Set((await knownTasks(state)).map(({socket}) => socket))
  for (const socket of sockets) if (!(await answers(socket))) await rm(socket, {force: true})
}

/** True when somebody accepts connections on this socket. */
export function answers(socket: string): Promise<boolean> {
  return new Promise(resolve => {
    const connection = connect(socket)
    connection.on('connect', () => resolve(true))
    connection.on('error', () => resolve(false))
    connection.on('connect', () => connection.destroy())
  })
}
