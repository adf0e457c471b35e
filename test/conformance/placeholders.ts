import {isObject} from '../../src/lib/sandbox/apiserver/json.ts'

/** What a placeholder stands for in an answer. */
const MEANINGS: Record<string, string> = {
  uid: '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  rv: '\\d+',
  time: '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z',
  ip: '\\d+\\.\\d+\\.\\d+\\.\\d+',
  rand: '[a-z0-9]+',
  minute: '\\d+',
  continue: '[A-Za-z0-9_=-]+',
  token: '[A-Za-z0-9_.-]+',
}
const PLACEHOLDER = /<(uid|rv|time|ip|rand|minute|continue|token)>/

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** True when a text of the answer is what was recorded, placeholders taken for what they stand for. */
function matchesText(recorded: string, actual: string): boolean {
  if (!PLACEHOLDER.test(recorded)) return recorded === actual
  const parts = recorded.split(new RegExp(PLACEHOLDER, 'g'))
  const pattern = parts.map((part, index) => (index % 2 === 0 ? escaped(part) : MEANINGS[part])).join('')
  return new RegExp(`^${pattern}$`, 's').test(actual)
}

interface Quotation {
  before: string
  document: unknown
  after: string
}

/** A sentence around a JSON document: JSON gives its keys no order, and its version is that of one cluster. */
function quotation(text: string): Quotation | undefined {
  const [, before = '', quoted = '', after = ''] =
    /^(.*?Invalid value: )("\{(?:[^"\\]|\\.)*\}")(: .*)$/s.exec(text) ?? []
  if (quoted === '') return undefined
  const plain = String(JSON.parse(quoted)).replace(/("resourceVersion":)"(?:\d+|<rv>)"/, '$1"0"')
  return {before, document: JSON.parse(plain), after}
}

function textDifferences(recorded: string, actual: string, path: string): string[] {
  if (matchesText(recorded, actual)) return []
  const [left, right] = [quotation(recorded), quotation(actual)]
  if (
    left === undefined ||
    right === undefined ||
    left.before !== right.before ||
    left.after !== right.after
  ) {
    return [difference(path, recorded, actual)]
  }
  return differences(left.document, right.document, `${path} (quoted)`)
}

/** Every path in which an answer differs from what was recorded: `metadata.generation: 1, not 2`. */
export function differences(recorded: unknown, actual: unknown, path = ''): string[] {
  if (typeof recorded === 'string' && typeof actual === 'string') {
    return textDifferences(recorded, actual, path)
  }
  if (Array.isArray(recorded) && Array.isArray(actual) && recorded.length === actual.length) {
    return recorded.flatMap((entry, index) => differences(entry, actual[index], `${path}[${index}]`))
  }
  if (isObject(recorded) && isObject(actual)) {
    const keys = new Set([...Object.keys(recorded), ...Object.keys(actual)])
    return [...keys].flatMap(key =>
      differences(recorded[key], actual[key], path === '' ? key : `${path}.${key}`),
    )
  }
  return recorded === actual ? [] : [difference(path, recorded, actual)]
}

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}

const difference = (path: string, recorded: unknown, actual: unknown): string =>
  `${path === '' ? 'the answer' : path}: ${shown(recorded)} recorded, got ${shown(actual)}`

export interface Known {
  namespace: string
  /** The newest of each that an answer showed. */
  uid: string
  version: string
  continue: string
}

/** Puts what is known into the placeholders of a request. */
export function fill<T>(value: T, known: Known): T
export function fill(value: unknown, known: Known): unknown {
  if (typeof value === 'string') {
    return value
      .replaceAll('<ns>', known.namespace)
      .replaceAll('$ns', known.namespace)
      .replaceAll('<uid>', known.uid)
      .replaceAll('<rv>', known.version)
      .replaceAll('<time>', '2026-01-01T00:00:00Z')
      .replaceAll('<ip>', '10.96.7.7')
      .replaceAll('<continue>', known.continue)
  }
  if (Array.isArray(value)) return value.map(entry => fill(entry, known))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fill(entry, known)]))
}
