import {Readable} from 'node:stream'
import {text} from 'node:stream/consumers'
import type {ConnectFlags} from '../kube/connect.ts'
import type {Clock} from '../ports.ts'
import type {Deps, Says} from '../wire.ts'
import type {Prompts} from './prompt.ts'
import type {Terminal} from './terminal.ts'

/** Everything outside a command. Tests hand in another. */
export interface World {
  terminal: Terminal
  prompts: Prompts
  clock: Clock
  connect(flags: ConnectFlags, says: Says): Promise<Deps>
  readFile(path: string): Promise<string>
  /** Calls back on Ctrl-C in place of ending the process; returns how to stop listening. */
  onInterrupt(listener: () => void): () => void
}

export const readStdin = (terminal: Terminal): Promise<string> => text(Readable.from(terminal.stdin))
