import {Duplex} from 'node:stream'
import {controlFrame, dataFrame, type Frame, FrameReader, FrameType, finFlag, words} from './frames.ts'
import {HeaderReader, type Headers, HeaderWriter} from './headers.ts'

const largestData = 32 * 1024
const cancelled = 5

/** A stream that the client has opened, with the headers it opened it with. */
export class SpdyStream extends Duplex {
  readonly id: number
  readonly headers: Headers
  private readonly sendFrame: (frame: Buffer, done: (error?: Error) => void) => void
  private readonly wantMore: () => void
  private isRemoteEnded = false

  constructor(
    id: number,
    headers: Headers,
    session: {send: (frame: Buffer, done: (error?: Error) => void) => void; resume: () => void},
  ) {
    super({allowHalfOpen: true, highWaterMark: 1 << 20})
    this.id = id
    this.headers = headers
    this.sendFrame = session.send
    this.wantMore = session.resume
  }

  /** Gives false when the reader is behind. */
  receive(data: Buffer, isLast: boolean): boolean {
    if (this.isRemoteEnded) return true
    const isTaken = data.length === 0 || this.push(data)
    if (isLast) this.endRemote()
    return isTaken
  }

  endRemote(): void {
    if (this.isRemoteEnded) return
    this.isRemoteEnded = true
    this.push(null)
  }

  override _read(): void {
    this.wantMore()
  }

  override _write(piece: Buffer, _encoding: string, done: (error?: Error) => void): void {
    const parts: Buffer[] = []
    for (let at = 0; at < piece.length; at += largestData) {
      parts.push(dataFrame(this.id, 0, piece.subarray(at, at + largestData)))
    }
    this.sendFrame(Buffer.concat(parts), done)
  }

  override _final(done: (error?: Error) => void): void {
    this.sendFrame(dataFrame(this.id, finFlag, Buffer.alloc(0)), done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const isClean = this.isRemoteEnded && this.writableFinished
    if (!isClean) this.sendFrame(controlFrame(FrameType.reset, 0, words(this.id, cancelled)), () => undefined)
    done(error)
  }
}

/** What a session runs over. */
export interface Carrier {
  send(bytes: Buffer, done: (error?: Error) => void): void
  pause(): void
  resume(): void
}

/**
 * The server's side of a SPDY/3.1 connection as Kubernetes' clients use it: they open the streams, nobody
 * does flow control.
 */
export class SpdySession {
  private readonly carrier: Carrier
  private readonly opened: (stream: SpdyStream) => void
  private readonly reader = new FrameReader()
  private readonly headerReader = new HeaderReader()
  private readonly headerWriter = new HeaderWriter()
  private readonly streams = new Map<number, SpdyStream>()
  /** Frames are handled one after another, for header compression takes its time. */
  private queue: Promise<void> = Promise.resolve()

  constructor(carrier: Carrier, opened: (stream: SpdyStream) => void) {
    this.carrier = carrier
    this.opened = opened
  }

  receive(piece: Buffer): void {
    for (const frame of this.reader.push(piece)) {
      this.queue = this.queue.then(() => this.handle(frame)).catch(() => this.end())
    }
  }

  /** The connection is gone. */
  end(): void {
    for (const stream of this.streams.values()) {
      stream.endRemote()
      stream.destroy()
    }
    this.streams.clear()
  }

  private async handle(frame: Frame): Promise<void> {
    if (frame.kind === 'data') {
      const stream = this.streams.get(frame.streamId)
      const isTaken = stream?.receive(frame.payload, (frame.flags & finFlag) !== 0) ?? true
      if (!isTaken) this.carrier.pause()
      return
    }
    const {type, payload, flags} = frame
    if (type === FrameType.synStream) await this.open(payload, (flags & finFlag) !== 0)
    else if (type === FrameType.headers) await this.headerReader.read(payload.subarray(4))
    else if (type === FrameType.ping) this.send(controlFrame(FrameType.ping, 0, payload), () => undefined)
    else if (type === FrameType.reset) this.streams.get(payload.readUInt32BE(0))?.destroy()
  }

  private async open(payload: Buffer, isHalfClosed: boolean): Promise<void> {
    const id = payload.readUInt32BE(0) & 0x7fff_ffff
    const headers = await this.headerReader.read(payload.subarray(10))
    const stream = new SpdyStream(id, headers, {
      send: (frame, done) => this.send(frame, done),
      resume: () => this.carrier.resume(),
    })
    this.streams.set(id, stream)
    stream.on('error', () => undefined)
    stream.once('close', () => this.streams.delete(id))
    const reply = Buffer.concat([words(id), await this.headerWriter.write({})])
    this.send(controlFrame(FrameType.synReply, 0, reply), () => undefined)
    if (isHalfClosed) stream.endRemote()
    this.opened(stream)
  }

  private send(frame: Buffer, done: (error?: Error) => void): void {
    this.carrier.send(frame, done)
  }
}
