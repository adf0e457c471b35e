import type {Kind} from '../kind.ts'

/** What kubectl asks for when it is given a `List`, which the newer documents do not describe. */
export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/**
 * The older document: names every kind and leaves its fields open, for the server checks those. Older
 * clients only take it as protobuf (gnostic's `openapi.v2.Document`).
 */
export function openapiV2(kinds: readonly Kind[]): Buffer {
  const definitions = kinds.map(kind => field(1, [field(1, nameOf(kind)), field(2, schemaOf(kind))]))
  const info = [field(1, 'Kubernetes'), field(2, 'v1.36.2')]
  return Buffer.concat([field(1, '2.0'), field(2, info), field(8, []), field(9, definitions)])
}

/** The same as JSON. */
export const openapiV2Json = (kinds: readonly Kind[]): unknown => ({
  swagger: '2.0',
  info: {title: 'Kubernetes', version: 'v1.36.2'},
  paths: {},
  definitions: Object.fromEntries(kinds.map(kind => [nameOf(kind), {[EXTENSION]: [gvkOf(kind)]}])),
})

const EXTENSION = 'x-kubernetes-group-version-kind'
const nameOf = ({group, version, kind}: Kind): string =>
  ['io.k8s', group === '' ? 'core' : group, version, kind].join('.')
const gvkOf = ({group, version, kind}: Kind) => ({group, version, kind})

/** A schema with nothing but the extension (31) that says which kind it is: a name and YAML. */
function schemaOf(kind: Kind): Buffer[] {
  const value = field(2, JSON.stringify([gvkOf(kind)]))
  return [field(31, [field(1, EXTENSION), field(2, [value])])]
}

/** One length-delimited field of a protobuf message. */
function field(number: number, value: string | readonly Buffer[]): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.concat(value)
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Buffer.from([...bytes, rest])
}
