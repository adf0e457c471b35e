/**
 * Makes the table by which the sandbox reads Kubernetes' protobuf requests. Every kubectl carries the
 * descriptors of the messages that it sends: run `node scripts/generate-protobuf.ts /usr/bin/kubectl`.
 */
import {readFileSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {gunzipSync} from 'node:zlib'
import {readFields, textOfBytes} from '../src/lib/sandbox/apiserver/protobuf/wire.ts'

const FILES =
  /^k8s\.io\/(?:api\/(?:core|apps|batch|policy|rbac|authorization|authentication|coordination|networking|scheduling|storage|autoscaling)\/v1|apimachinery\/pkg\/(?:apis\/meta\/v1|api\/resource|util\/intstr|runtime))\/generated\.proto$/
const SCALARS: Record<number, string> = {
  1: 'double',
  3: 'int',
  4: 'int',
  5: 'int',
  8: 'bool',
  9: 'string',
  12: 'bytes',
  13: 'int',
}
const MESSAGE = 11
const REPEATED = 3
const TARGET = fileURLToPath(new URL('../src/lib/sandbox/apiserver/protobuf/kinds.json', import.meta.url))

interface Field {
  name: string
  number: number
  repeated: boolean
  type: number
  typeName: string
}
interface Message {
  name: string
  fields: Field[]
  nested: Message[]
}

const shortened = (name: string): string => name.replace(/^\.?k8s\.io\./, '')

function readField(bytes: Uint8Array): Field {
  const field: Field = {name: '', number: 0, repeated: false, type: 0, typeName: ''}
  for (const {number, value} of readFields(bytes)) {
    if (number === 1) field.name = textOfBytes(value)
    if (number === 3) field.number = Number(value)
    if (number === 4) field.repeated = Number(value) === REPEATED
    if (number === 5) field.type = Number(value)
    if (number === 6) field.typeName = textOfBytes(value)
  }
  return field
}

function readMessage(bytes: Uint8Array): Message {
  const message: Message = {name: '', fields: [], nested: []}
  for (const {number, value} of readFields(bytes)) {
    if (typeof value === 'bigint') continue
    if (number === 1) message.name = textOfBytes(value)
    if (number === 2) message.fields.push(readField(value))
    if (number === 3) message.nested.push(readMessage(value))
  }
  return message
}

const typeOf = ({type, typeName}: Field): string =>
  type === MESSAGE ? shortened(typeName) : (SCALARS[type] ?? 'bytes')

/** `name:type`, with `[]` for a list and `{}` for a map by strings. */
function describe(field: Field, message: Message): string {
  const entry = message.nested.find(({name}) => field.typeName.endsWith(`.${message.name}.${name}`))
  const value = entry?.fields.find(({number}) => number === 2)
  if (value !== undefined) return `${field.name}:{}${typeOf(value)}`
  return `${field.name}:${field.repeated ? '[]' : ''}${typeOf(field)}`
}

function readFile(bytes: Uint8Array): {name: string; namespace: string; messages: Message[]} {
  const file = {name: '', namespace: '', messages: [] as Message[]}
  for (const {number, value} of readFields(bytes)) {
    if (typeof value === 'bigint') continue
    if (number === 1) file.name = textOfBytes(value)
    if (number === 2) file.namespace = textOfBytes(value)
    if (number === 4) file.messages.push(readMessage(value))
  }
  return file
}

/** Every gzip stream in the program that turns out to be a descriptor. */
function* descriptors(program: Buffer): Generator<Uint8Array> {
  const magic = Buffer.from([0x1f, 0x8b, 8, 0])
  for (let at = program.indexOf(magic); at >= 0; at = program.indexOf(magic, at + 1)) {
    try {
      yield gunzipSync(program.subarray(at, at + 400_000), {finishFlush: 2})
    } catch {
      // Something else that begins with the same bytes.
    }
  }
}

const table: Record<string, Record<string, string>> = {}
for (const bytes of descriptors(readFileSync(process.argv[2] ?? '/usr/bin/kubectl'))) {
  if (!Buffer.from(bytes.subarray(0, 200)).includes('generated.proto')) continue
  const file = readFile(bytes)
  if (!FILES.test(file.name)) continue
  for (const message of file.messages) {
    if (message.name.endsWith('List')) continue
    const fields = message.fields.map(field => [String(field.number), describe(field, message)])
    table[`${shortened(file.namespace)}.${message.name}`] = Object.fromEntries(fields)
  }
}
const sorted = Object.fromEntries(Object.entries(table).sort(([left], [right]) => (left < right ? -1 : 1)))
writeFileSync(TARGET, `${JSON.stringify(sorted, undefined, 1)}\n`)
process.stdout.write(`${Object.keys(sorted).length} messages\n`)
