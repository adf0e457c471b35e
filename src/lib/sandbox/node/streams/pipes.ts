import {execFile} from 'node:child_process'
import {closeSync, constants, openSync} from 'node:fs'
import {mkdir, rm} from 'node:fs/promises'
import {Socket} from 'node:net'
import {join} from 'node:path'
import type {Readable, Writable} from 'node:stream'
import {promisify} from 'node:util'

const run = promisify(execFile)
const {O_NONBLOCK, O_RDONLY, O_RDWR} = constants

type Name = 'stdin' | 'stdout' | 'stderr'

/** Named pipes between this process and one in a container. */
export class Pipes {
  readonly paths: Readonly<Partial<Record<Name, string>>>
  private readonly folder: string
  private readonly keepers = new Map<Name, number>()
  private readonly sockets: Socket[] = []
  private input: Socket | undefined

  private constructor(folder: string, names: readonly Name[]) {
    this.folder = folder
    this.paths = Object.fromEntries(names.map(name => [name, join(folder, name)]))
  }

  static async make(folder: string, names: readonly Name[]): Promise<Pipes> {
    const pipes = new Pipes(folder, names)
    await mkdir(folder, {recursive: true, mode: 0o700})
    const paths = Object.values(pipes.paths)
    if (paths.length > 0) await run('mkfifo', ['-m', '600', ...paths])
    return pipes
  }

  /** Opens the end that a process's output comes from. Nothing ends before `connected` is called. */
  output(name: 'stdout' | 'stderr'): Readable | undefined {
    const path = this.paths[name]
    if (path === undefined) return undefined
    // A pipe without a writer reads as ended, so one is kept open until the other side has come.
    this.keepers.set(name, openSync(path, O_RDWR | O_NONBLOCK))
    const socket = new Socket({fd: openSync(path, O_RDONLY | O_NONBLOCK), readable: true, writable: false})
    this.sockets.push(socket)
    return socket
  }

  /** Opens the end that feeds a process's input. */
  openInput(): Writable | undefined {
    const path = this.paths.stdin
    if (path === undefined) return undefined
    this.input = new Socket({fd: openSync(path, O_RDWR | O_NONBLOCK), readable: false, writable: true})
    this.sockets.push(this.input)
    return this.input
  }

  /** The process has opened its ends. */
  connected(): void {
    for (const fd of this.keepers.values()) closeSync(fd)
    this.keepers.clear()
  }

  async close(): Promise<void> {
    this.connected()
    for (const socket of this.sockets) socket.destroy()
    await rm(this.folder, {recursive: true, force: true})
  }
}
