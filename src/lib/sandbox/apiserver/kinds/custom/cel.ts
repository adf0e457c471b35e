import {isIP} from 'node:net'
import {Environment} from '@marcbachmann/cel-js'
import {isObject} from '../../json.ts'
import type {Schema} from '../../kind.ts'
import {nanoOf, parseQuantity} from '../quantity.ts'

/** Evaluates one rule or message on `self` and `oldSelf`; throws with the reason where that fails. */
export interface Expressions {
  evaluate(expression: string, variables: {self: unknown; oldSelf?: unknown}): unknown
  /** What is wrong with an expression, or undefined. */
  problem(expression: string): string | undefined
}

class CelQuantity {
  readonly nano: bigint
  constructor(nano: bigint) {
    this.nano = nano
  }
}

const compare = (left: CelQuantity, right: CelQuantity): bigint =>
  left.nano === right.nano ? 0n : left.nano < right.nano ? -1n : 1n

type Comparable = bigint | number | string

const least = (list: Comparable[], sign: 1 | -1): Comparable => {
  const [first, ...rest] = list
  if (first === undefined) throw new Error(`${sign > 0 ? 'min' : 'max'} called on empty list`)
  return rest.reduce((best, each) => ((sign > 0 ? each < best : each > best) ? each : best), first)
}

/** Kubernetes' own functions on top of the language's. */
function createEnvironment(): Environment {
  const environment = new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
  })
  return environment
    .registerVariable('self', 'dyn')
    .registerVariable('oldSelf', 'dyn')
    .registerType('Quantity', CelQuantity)
    .registerFunction('quantity(string): Quantity', (text: string) => {
      if (parseQuantity(text) === undefined) throw new Error('quantities must match the regular expression')
      return new CelQuantity(nanoOf(text))
    })
    .registerFunction('isQuantity(string): bool', (text: string) => parseQuantity(text) !== undefined)
    .registerFunction('Quantity.compareTo(Quantity): int', compare)
    .registerFunction(
      'Quantity.isGreaterThan(Quantity): bool',
      (a: CelQuantity, b: CelQuantity) => a.nano > b.nano,
    )
    .registerFunction(
      'Quantity.isLessThan(Quantity): bool',
      (a: CelQuantity, b: CelQuantity) => a.nano < b.nano,
    )
    .registerFunction('Quantity.sign(): int', (a: CelQuantity) => compare(a, new CelQuantity(0n)))
    .registerFunction('Quantity.asInteger(): int', (a: CelQuantity) => a.nano / 1_000_000_000n)
    .registerFunction('isURL(string): bool', (text: string) => URL.canParse(text))
    .registerFunction('isIP(string): bool', (text: string) => isIP(text) !== 0)
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
      text.replaceAll(from, to),
    )
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => new RegExp(pattern, 'u').exec(text)?.[0] ?? '',
    )
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
      [...text.matchAll(new RegExp(pattern, 'gu'))].map(match => match[0]),
    )
    .registerFunction('string.charAt(int): string', (text: string, index: bigint) =>
      text.charAt(Number(index)),
    )
    .registerFunction('list.sum(): dyn', (list: (bigint | number)[]) =>
      list.every(each => typeof each === 'bigint')
        ? list.reduce((sum, each) => sum + each, 0n)
        : list.reduce<number>((sum, each) => sum + Number(each), 0),
    )
    .registerFunction('list.min(): dyn', (list: Comparable[]) => least(list, 1))
    .registerFunction('list.max(): dyn', (list: Comparable[]) => least(list, -1))
    .registerFunction('list.isSorted(): bool', (list: Comparable[]) =>
      list.every((each, index) => {
        const next = list[index + 1]
        return next === undefined || each <= next
      }),
    )
    .registerFunction('list.indexOf(dyn): int', (list: unknown[], value: unknown) =>
      BigInt(list.indexOf(value)),
    )
    .registerFunction('list.lastIndexOf(dyn): int', (list: unknown[], value: unknown) =>
      BigInt(list.lastIndexOf(value)),
    )
}

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? ''

/** An expression is parsed once, however often it is evaluated. */
export function createExpressions(): Expressions {
  const environment = createEnvironment()
  const parsed = new Map<string, ReturnType<Environment['parse']>>()
  const parse = (expression: string) => {
    const known = parsed.get(expression)
    if (known) return known
    const made = environment.parse(expression)
    parsed.set(expression, made)
    return made
  }
  return {
    evaluate(expression, variables) {
      const value: unknown = parse(expression)(variables)
      return value
    },
    problem(expression) {
      try {
        const {valid, error} = parse(expression).check()
        return valid ? undefined : firstLine(error)
      } catch (cause) {
        // The library tells syntax errors by throwing; here they are an answer.
        return firstLine(cause)
      }
    },
  }
}

const reserved = new Set([
  ...['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if'],
  ...['import', 'let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while'],
])

/** A property's name as expressions write it: `max-size` is `max__dash__size`. */
export function escapeName(name: string): string {
  if (reserved.has(name)) return `__${name}__`
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__')
}

/** A JSON value as expressions see it: integers exact, times as times. */
export function toCel(value: unknown, schema: Schema | undefined): unknown {
  if (typeof value === 'number') {
    return schema?.type !== 'number' && Number.isInteger(value) ? BigInt(value) : value
  }
  if (typeof value === 'string' && schema?.format === 'date-time') return new Date(value)
  if (Array.isArray(value)) return value.map(entry => toCel(entry, schema?.items))
  if (!isObject(value)) return value
  const {properties = {}, additionalProperties} = schema ?? {}
  const others = typeof additionalProperties === 'object' ? additionalProperties : undefined
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => {
      const known = properties[name]
      return known ? [escapeName(name), toCel(entry, known)] : [name, toCel(entry, others)]
    }),
  )
}
