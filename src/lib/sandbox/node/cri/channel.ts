import {Client, credentials, Metadata, type ServiceError, status} from '@grpc/grpc-js'
import type {PackageDefinition} from '@grpc/proto-loader'
import {decoderOf, encoderOf, type Input, type Message, type Method, type Output, packageOf} from './wire.ts'

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

/** One gRPC connection, to a `unix:` socket or a `host:port`; reconnects by itself. */
export class Channel {
  private readonly client: Client
  private readonly definitions: PackageDefinition
  private readonly metadata: Metadata

  constructor(address: string, methods: readonly Method[]) {
    this.client = new Client(address, credentials.createInsecure(), {
      'grpc.max_receive_message_length': 64 << 20,
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.min_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 500,
    })
    this.metadata = new Metadata()
    this.metadata.set('containerd-namespace', 'k8s.io')
    this.definitions = packageOf(methods.flatMap(each => [each.request, each.response]))
  }

  call<Q extends Message, R extends Message>(
    method: Method<Q, R>,
    request: Input<Q>,
    options: CallOptions = {},
  ): Promise<Output<R>> {
    const serialize = encoderOf(method.request, this.definitions)
    const deserialize = decoderOf(method.response, this.definitions)
    return new Promise((resolve, reject) => {
      const call = this.client.makeUnaryRequest(
        method.path,
        serialize,
        deserialize,
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
    const serialize = encoderOf(method.request, this.definitions)
    const deserialize = decoderOf(method.response, this.definitions)
    const call = this.client.makeServerStreamRequest(
      method.path,
      serialize,
      deserialize,
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
}

/** One call to a server of its own, over TCP without encryption. */
export async function unaryCall<Q extends Message, R extends Message>(
  address: string,
  method: Method<Q, R>,
  request: Input<Q>,
  timeoutMs: number,
): Promise<Output<R>> {
  const channel = new Channel(address, [method])
  try {
    return await channel.call(method, request, {timeoutMs})
  } finally {
    channel.close()
  }
}
