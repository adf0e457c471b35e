import {fromJSON, type PackageDefinition} from '@grpc/proto-loader'

type ScalarName = 'string' | 'bool' | 'int32' | 'uint32' | 'int64' | 'bytes'

/** One field of a protobuf message. `In` is what a sender may give, `Out` what a receiver gets. */
interface Field<In = unknown, Out = unknown> {
  readonly id: number
  readonly type: ScalarName | Message | EnumType
  readonly rule?: 'repeated'
  readonly map?: boolean
  readonly phantom?: {in: In; out: Out}
}

/** A protobuf message, from which both its TypeScript types and its wire format come. */
export interface Message<F extends Record<string, Field> = Record<string, Field>> {
  readonly kind: 'message'
  /** Fully qualified: `runtime.v1.Mount`. */
  readonly name: string
  readonly fields: F
}

interface EnumType<V extends string = string> {
  readonly kind: 'enum'
  readonly name: string
  readonly values: Readonly<Record<V, number>>
}

type InOf<F> = F extends Field<infer In, unknown> ? In : never
type OutOf<F> = F extends Field<unknown, infer Out> ? Out : never
/** What a sender gives: everything may be left out. */
export type Input<M> = M extends Message<infer F> ? {readonly [K in keyof F]?: InOf<F[K]>} : never
/** What a receiver gets: scalars have their zero value when absent, messages are null. */
export type Output<M> = M extends Message<infer F> ? {readonly [K in keyof F]: OutOf<F[K]>} : never

export const string = (id: number): Field<string, string> => ({id, type: 'string'})
export const bool = (id: number): Field<boolean, boolean> => ({id, type: 'bool'})
export const int32 = (id: number): Field<number, number> => ({id, type: 'int32'})
export const uint32 = (id: number): Field<number, number> => ({id, type: 'uint32'})
/** 64 bits do not fit a number, so they are received as decimal text. */
export const int64 = (id: number): Field<number | string, string> => ({id, type: 'int64'})
export const bytes = (id: number): Field<Buffer, Buffer> => ({id, type: 'bytes'})
export const strings = (id: number): Field<readonly string[], readonly string[]> => ({
  id,
  type: 'string',
  rule: 'repeated',
})
export const int64s = (id: number): Field<readonly (number | string)[], readonly string[]> => ({
  id,
  type: 'int64',
  rule: 'repeated',
})
export const stringMap = (
  id: number,
): Field<Readonly<Record<string, string>>, Readonly<Record<string, string>>> => ({
  id,
  type: 'string',
  map: true,
})
export const choice = <V extends string>(id: number, type: EnumType<V>): Field<V, V> => ({id, type})
export const one = <M extends Message>(id: number, type: M): Field<Input<M>, Output<M> | null> => ({id, type})
export const many = <M extends Message>(
  id: number,
  type: M,
): Field<readonly Input<M>[], readonly Output<M>[]> => ({id, type, rule: 'repeated'})

export const enumeration = <V extends string>(
  name: string,
  values: Readonly<Record<V, number>>,
): EnumType<V> => ({kind: 'enum', name, values})

export const message = <F extends Record<string, Field>>(name: string, fields: F): Message<F> => ({
  kind: 'message',
  name,
  fields,
})

export interface Method<Q extends Message = Message, R extends Message = Message> {
  /** `/runtime.v1.RuntimeService/Version` */
  readonly path: string
  readonly request: Q
  readonly response: R
}

export const method = <Q extends Message, R extends Message>(
  path: string,
  request: Q,
  response: R,
): Method<Q, R> => ({path, request, response})

interface Nested {
  nested: Record<string, object>
}

const isNested = (value: object | undefined): value is Nested => value !== undefined && 'nested' in value

function place(root: Nested, name: string, definition: object): void {
  const parts = name.split('.')
  const last = parts.pop() ?? name
  let at = root
  for (const part of parts) {
    const found = at.nested[part]
    const next = isNested(found) ? found : {nested: {}}
    at.nested[part] = next
    at = next
  }
  at.nested[last] = definition
}

function describe(field: Field): object {
  const type = typeof field.type === 'string' ? field.type : `.${field.type.name}`
  return {
    id: field.id,
    type,
    ...(field.map ? {keyType: 'string'} : {}),
    ...(field.rule ? {rule: field.rule} : {}),
  }
}

function collect(root: Nested, seen: Set<string>, type: Message | EnumType): void {
  if (seen.has(type.name)) return
  seen.add(type.name)
  if (type.kind === 'enum') {
    place(root, type.name, {values: type.values})
    return
  }
  const fields = Object.entries(type.fields)
  place(root, type.name, {
    fields: Object.fromEntries(fields.map(([name, field]) => [name, describe(field)])),
  })
  for (const [, field] of fields) if (typeof field.type !== 'string') collect(root, seen, field.type)
}

/** Turns messages into what the gRPC library needs to encode and decode them. */
export function packageOf(messages: readonly Message[]): PackageDefinition {
  const root: Nested = {nested: {}}
  const seen = new Set<string>()
  for (const each of messages) collect(root, seen, each)
  return fromJSON(root, {longs: String, enums: String, defaults: true, keepCase: true})
}

interface MessageCodec {
  serialize(value: object): Buffer
  deserialize(buffer: Buffer): object
}

const isCodec = (value: unknown): value is MessageCodec =>
  typeof value === 'object' && value !== null && 'serialize' in value && 'deserialize' in value

/** Decoded bytes have exactly the shape that the message describes, because the decoder is made from it. */
const shapedBy = <M extends Message>(_message: M, decoded: object): decoded is Output<M> & object =>
  typeof decoded === 'object'

function codecOf(definitions: PackageDefinition, name: string): MessageCodec {
  const found = definitions[name]
  if (!isCodec(found)) throw new Error(`no such message: ${name}`)
  return found
}

export function encoderOf<M extends Message>(
  type: M,
  definitions = packageOf([type]),
): (value: Input<M>) => Buffer {
  const codec = codecOf(definitions, type.name)
  return value => codec.serialize(value)
}

export function decoderOf<M extends Message>(
  type: M,
  definitions = packageOf([type]),
): (buffer: Buffer) => Output<M> {
  const codec = codecOf(definitions, type.name)
  return buffer => {
    const decoded = codec.deserialize(buffer)
    if (!shapedBy(type, decoded)) throw new Error(`${type.name}: unreadable`)
    return decoded
  }
}
