import {once} from 'node:events'
import type {WebSocket} from 'ws'
import {
  controlFrame,
  dataFrame,
  type Frame,
  FrameReader,
  FrameType,
  finFlag,
  words,
} from '../../../../src/lib/sandbox/streaming/spdy/frames.ts'
import {HeaderReader, type Headers, HeaderWriter} from '../../../../src/lib/sandbox/streaming/spdy/headers.ts'

class ClientStream {
  text = ''
  isEnded = false
  readonly send: (text: string, isLast: boolean) => void

  constructor(send: (text: string, isLast: boolean) => void) {
    this.send = send
  }
}

/** The client's side of the SPDY tunnel, as kubectl opens it. */
export class SpdyClient {
  readonly pings: number[] = []
  readonly opened: Promise<unknown>
  private readonly socket: WebSocket
  private readonly reader = new FrameReader()
  private readonly headerReader = new HeaderReader()
  private readonly headerWriter = new HeaderWriter()
  private readonly streams = new Map<number, ClientStream>()
  private readonly replies = new Set<number>()
  private nextId = 1
  private requests = 0
  private notify: () => void = () => undefined

  constructor(socket: WebSocket) {
    this.socket = socket
    this.opened = once(socket, 'open')
    socket.on('message', (data: Buffer) => {
      for (const frame of this.reader.push(data)) void this.handle(frame)
    })
  }

  /** Opens the two streams of one forwarded connection. */
  async forward(port: number): Promise<{data: ClientStream; error: ClientStream}> {
    const requestid = String(this.requests)
    this.requests += 1
    const error = await this.open({streamtype: 'error', port: String(port), requestid}, true)
    const data = await this.open({streamtype: 'data', port: String(port), requestid}, false)
    return {data, error}
  }

  ping(id: number): void {
    this.socket.send(controlFrame(FrameType.ping, 0, words(id)))
  }

  async until(claim: () => boolean): Promise<void> {
    while (!claim()) {
      await new Promise<void>(resolve => {
        this.notify = resolve
      })
    }
  }

  private async open(headers: Headers, isHalfClosed: boolean): Promise<ClientStream> {
    const id = this.nextId
    this.nextId += 2
    const stream = new ClientStream((text, isLast) => {
      this.socket.send(dataFrame(id, isLast ? finFlag : 0, Buffer.from(text)))
    })
    this.streams.set(id, stream)
    const block = await this.headerWriter.write(headers)
    const payload = Buffer.concat([words(id, 0), Buffer.alloc(2), block])
    this.socket.send(controlFrame(FrameType.synStream, isHalfClosed ? finFlag : 0, payload))
    await this.until(() => this.replies.has(id))
    return stream
  }

  private async handle(frame: Frame): Promise<void> {
    if (frame.kind === 'data') {
      const stream = this.streams.get(frame.streamId)
      if (stream) {
        stream.text += frame.payload.toString('utf8')
        stream.isEnded ||= (frame.flags & finFlag) !== 0
      }
    } else if (frame.type === FrameType.ping) this.pings.push(frame.payload.readUInt32BE(0))
    else if (frame.type === FrameType.synReply) {
      await this.headerReader.read(frame.payload.subarray(4))
      this.replies.add(frame.payload.readUInt32BE(0))
    }
    this.notify()
  }
}
