import type {IncomingMessage} from 'node:http'
import {parse as parseYaml} from 'yaml'
import {StatusError} from '../../registry.ts'
import {decodeProtobuf, PROTOBUF} from '../protobuf/decode.ts'

const LIMIT = 3 * 1024 * 1024

/** The media type of the body without parameters; empty when the client named none. */
export const mediaType = (message: IncomingMessage): string =>
  (message.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > LIMIT) {
      throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${LIMIT}`)
    }
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

/** A body as JSON, or as YAML or protobuf where its media type says so. Throws what the parser throws. */
export function parseBody(bytes: Buffer, type: string): unknown {
  if (type === PROTOBUF) return bytes.length === 0 ? undefined : decodeProtobuf(bytes)
  const text = bytes.toString('utf8')
  if (text.trim() === '') return undefined
  if (!type.endsWith('yaml')) return JSON.parse(text)
  // JSON is YAML, and the JSON parser is many times faster.
  try {
    return JSON.parse(text)
  } catch {
    return parseYaml(text)
  }
}
