import type {IncomingMessage} from 'node:http'
import type {Socket} from 'node:net'
import {setTimeout as sleep} from 'node:timers/promises'
import {StatusError} from '../registry.ts'
import type {ApiFault} from './fault.ts'

const failures: Readonly<Record<string, StatusError>> = {
  '429': new StatusError(
    429,
    'TooManyRequests',
    'the server has received too many requests and has asked us to try again later',
    {
      retryAfterSeconds: 1,
    },
  ),
  '500': new StatusError(500, 'InternalError', 'Internal error occurred: etcdserver: request timed out'),
  '409': new StatusError(
    409,
    'Conflict',
    'Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again',
  ),
}
const firstWatch = 1000

/** Stands before the API server and makes it misbehave towards its clients, as long as it is told to. */
export class Disturbance {
  private faults: readonly ApiFault[] = []
  private readonly sockets = new Set<Socket>()
  private readonly watches = new Set<Socket>()

  /** From now on these faults are in force. */
  set(faults: readonly ApiFault[]): void {
    const added = faults.filter(fault => !this.faults.includes(fault))
    this.faults = faults
    // Who is connected already must notice, too.
    if (added.some(({mode}) => mode === 'down')) for (const each of this.sockets) each.destroy()
    if (added.some(({mode}) => mode === 'watch-drop')) for (const each of this.watches) each.destroy()
  }

  /** Sees every request first. Rejects with the failure that the client gets. */
  readonly intercept = async (message: IncomingMessage): Promise<void> => {
    const {socket} = message
    this.remember(this.sockets, socket)
    const isWatch = /[?&]watch=(1|true)/.test(message.url ?? '')
    if (isWatch) this.remember(this.watches, socket)
    for (const fault of this.faults) {
      if (fault.mode === 'slow' && hits(fault)) await sleep(fault.milliseconds ?? 0)
      if (fault.mode === 'watch-drop' && isWatch) dropLater(socket, fault.milliseconds ?? firstWatch)
      const failure = failures[fault.mode]
      const concerns = fault.mode !== '409' || isWrite(message)
      if (failure !== undefined && concerns && hits(fault)) throw failure
    }
  }

  private remember(set: Set<Socket>, socket: Socket): void {
    if (set.has(socket)) return
    set.add(socket)
    socket.once('close', () => set.delete(socket))
  }
}

/** A conflict is what a changed object gives: only those who change something see one. */
const isWrite = ({method}: IncomingMessage): boolean => method === 'PUT' || method === 'PATCH'

const hits = ({percent = 100}: ApiFault): boolean => Math.random() * 100 < percent

function dropLater(socket: Socket, milliseconds: number): void {
  const timer = setTimeout(() => socket.destroy(), milliseconds)
  socket.once('close', () => clearTimeout(timer))
}
