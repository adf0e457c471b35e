import {Client, credentials, Metadata, type ServiceError, status} from '@grpc/grpc-js'
import {type Input, type Message, type Method, type Output, packageOf} from './wire.ts'

interface Codec<Q extends Message, R extends Message> {
  serialize(value: Input<Q>): Buffer
  deserialize(buffer: Buffer): Output<R>
}

interface MessageCodec {
  serialize(value: object): Buffer
  deserialize(buffer: Buffer): object
}

const isCodec = (value: unknown): value is MessageCodec =>
  typeof value === 'object' && value !== null && 'serialize' in value && 'deserialize' in value

/** Decoded bytes have exactly the shape that the message describes, because the decoder is made from it. */
const shapedBy = <R extends Message>(_message: R, decoded: object): decoded is Output<R> & object =>
  typeof decoded === 'object'

export interface CallOptions {
  timeoutMs?: number
  signal?: AbortSignal
}

export const isStatus = (error: unknown, code: number): boolean =>
  error instanceof Error && 'code' in error && error.code === code

export const isNotFound = (error: unknown): boolean => isStatus(error, status.NOT_FOUND)
/** The runtime's socket does not answer: containerd is down or restarting. */
export const isUnavailable = (error: unknown): boolean =>
  isStatus(error, status.UNAVAILABLE) || isStatus(error, status.CANCELLED)

/** What went wrong, without gRPC's numbers: `failed to exec in container: …`. */
export function detailsOf(error: unknown): string {
  if (error instanceof Error && 'details' in error && typeof error.details === 'string') return error.details
  return error instanceof Error ? error.message : String(error)
}

/** One gRPC connection to containerd over its unix socket; reconnects by itself. */
export class Channel {
  private readonly client: Client
  private readonly codecs = new Map<Method, Codec<Message, Message>>()
  private readonly metadata: Metadata

  constructor(socket: string, methods: readonly Method[]) {
    this.client = new Client(`unix:${socket}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': 64 << 20,
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.min_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 500,
    })
    this.metadata = new Metadata()
    this.metadata.set('containerd-namespace', 'k8s.io')
    const definitions = packageOf(methods.flatMap(each => [each.request, each.response]))
    const codec = (name: string): MessageCodec => {
      const found = definitions[name]
      if (!isCodec(found)) throw new Error(`no such message: ${name}`)
      return found
    }
    for (const each of methods) {
      const request = codec(each.request.name)
      const response = codec(each.response.name)
      this.codecs.set(each, {
        serialize: value => request.serialize(value),
        deserialize: buffer => {
          const decoded = response.deserialize(buffer)
          if (!shapedBy(each.response, decoded)) throw new Error(`${each.path}: unreadable answer`)
          return decoded
        },
      })
    }
  }

  call<Q extends Message, R extends Message>(
    method: Method<Q, R>,
    request: Input<Q>,
    options: CallOptions = {},
  ): Promise<Output<R>> {
    const codec = this.codecOf(method)
    return new Promise((resolve, reject) => {
      const call = this.client.makeUnaryRequest(
        method.path,
        codec.serialize,
        codec.deserialize,
        request,
        this.metadata,
        {
          deadline:
            options.timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + options.timeoutMs,
        },
        (error: ServiceError | null, value?: Output<R>) => {
          options.signal?.removeEventListener('abort', abort)
          if (error) reject(error)
          else if (value === undefined) reject(new Error(`${method.path}: empty answer`))
          else resolve(value)
        },
      )
      const abort = () => call.cancel()
      options.signal?.addEventListener('abort', abort, {once: true})
      if (options.signal?.aborted) abort()
    })
  }

  /** A server's stream, until it ends, fails or the signal aborts. */
  async *stream<Q extends Message, R extends Message>(
    method: Method<Q, R>,
    request: Input<Q>,
    signal: AbortSignal,
  ): AsyncGenerator<Output<R>> {
    const codec = this.codecOf(method)
    const call = this.client.makeServerStreamRequest(
      method.path,
      codec.serialize,
      codec.deserialize,
      request,
      this.metadata,
    )
    const abort = () => call.cancel()
    signal.addEventListener('abort', abort, {once: true})
    try {
      for await (const each of call) yield each
    } finally {
      signal.removeEventListener('abort', abort)
      call.cancel()
    }
  }

  close(): void {
    this.client.close()
  }

  private codecOf<Q extends Message, R extends Message>(method: Method<Q, R>): Codec<Q, R> {
    const found = this.codecs.get(method)
    if (!found) throw new Error(`${method.path} was not registered with the channel`)
    return {
      serialize: found.serialize,
      // Registered under this very method, hence decoded by its response message.
      deserialize: buffer => {
        const decoded = found.deserialize(buffer)
        if (!shapedBy(method.response, decoded)) throw new Error(`${method.path}: unreadable answer`)
        return decoded
      },
    }
  }
}
