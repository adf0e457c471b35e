import {PassThrough, type Readable, Writable} from 'node:stream'
import {WebSocket} from 'ws'

/** First byte of every message of the channel protocols. */
export const Channel = {stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255} as const

const highWater = 1 << 20

/** One WebSocket connection that carries several streams, told apart by the first byte of each message. */
export class Channels {
  private readonly socket: WebSocket
  private readonly inputs = new Map<number, PassThrough>()

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer | ArrayBuffer | Buffer[]) => {
      const message = Buffer.isBuffer(data)
        ? data
        : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)])
      this.receive(message)
    })
    socket.once('close', () => {
      for (const input of this.inputs.values()) input.end()
    })
  }

  /** What the client sends on a channel. Ends when the client says so, or is gone. */
  input(channel: number): Readable {
    const found = this.inputs.get(channel)
    if (found) return found
    const input = new PassThrough({highWaterMark: highWater})
    this.inputs.set(channel, input)
    if (this.socket.readyState >= WebSocket.CLOSING) input.end()
    return input
  }

  /** Sends what is written to it, at the client's pace. Destroyed when the client is gone. */
  output(channel: number): Writable {
    const head = Buffer.from([channel])
    const output = new Writable({
      highWaterMark: highWater,
      write: (piece: Buffer, _encoding, done) => this.send(Buffer.concat([head, piece]), done),
    })
    output.on('error', () => undefined)
    this.socket.once('close', () => output.destroy())
    return output
  }

  sendOn(channel: number, data: Uint8Array): void {
    this.send(Buffer.concat([Buffer.from([channel]), data]), () => undefined)
  }

  /** Says goodbye after everything written before has been sent. */
  close(): void {
    this.socket.close(1000)
  }

  private send(message: Buffer, done: (error?: Error) => void): void {
    if (this.socket.readyState !== WebSocket.OPEN) done(new Error('the client is gone'))
    else this.socket.send(message, {binary: true}, error => done(error ?? undefined))
  }

  private receive(message: Buffer): void {
    const [channel] = message
    if (channel === undefined) return
    if (channel === Channel.close) {
      this.inputs.get(message[1] ?? -1)?.end()
      return
    }
    const input = this.inputs.get(channel)
    if (!input || input.writableEnded) return
    if (input.write(message.subarray(1))) return
    this.socket.pause()
    input.once('drain', () => this.socket.resume())
  }
}
