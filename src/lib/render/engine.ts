import {Liquid, LiquidError, type Template} from 'liquidjs'
import {parseDocument} from 'yaml'
import type {KubeObject} from '../ports.ts'
import {isRecord} from '../record.ts'
import {checkPlacement, templateError} from './placement.ts'

/** A template that passed the placement rule and parsed. */
export interface CompiledTemplate {
  readonly path: string
  /** The dotted names of all variables that it reads, sorted: `cluster.name`. */
  readonly variables: readonly string[]
  /** Fills in a view. Throws `TEMPLATE_INVALID` for a variable that the view does not have. */
  render(view: object): KubeObject
}

export interface TemplateEngine {
  compile(path: string, text: string): CompiledTemplate
}

/** Texts whose objects are kept, so that a loop that renders the same state again does not parse it again. */
const cachedTexts = 400

/** Every interpolation becomes one JSON value, and JSON is YAML: nothing to indent, quote or escape. */
export function createEngine(): TemplateEngine {
  const liquid = new Liquid({
    outputEscape: 'json',
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    relativeReference: false,
    templates: {},
  })
  const parsed = new Map<string, KubeObject>()
  const toObject = (path: string, text: string): KubeObject => {
    const known = parsed.get(text)
    if (known) return known
    if (parsed.size >= cachedTexts) parsed.clear()
    const object = freeze(parseObject(path, text))
    parsed.set(text, object)
    return object
  }
  return {
    compile: (path, text) => {
      checkPlacement(path, text)
      const template = translated(path, () => liquid.parse(text, path))
      return {
        path,
        variables: translated(path, () => readsOf(liquid, template)),
        render: view => toObject(path, String(translated(path, () => liquid.renderSync(template, view)))),
      }
    },
  }
}

const readsOf = (liquid: Liquid, template: Template[]): string[] =>
  [...new Set(liquid.globalFullVariablesSync(template))].sort()

function translated<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof LiquidError)) throw error
    const [line, column] = error.token.getPosition()
    const message = error.message.replace(/, (?:file:.*?, )?line:\d+, col:\d+$/, '')
    throw templateError(path, message, {line: line ?? 1, column: column ?? 1}, error)
  }
}

/** What the applier relies on; the rest of the object is the API server's to judge. */
const isKubeObject = (value: unknown): value is KubeObject =>
  isRecord(value) &&
  typeof value['apiVersion'] === 'string' &&
  typeof value['kind'] === 'string' &&
  isRecord(value['metadata']) &&
  typeof value['metadata']['name'] === 'string'

function parseObject(path: string, text: string): KubeObject {
  const document = parseDocument(text, {prettyErrors: false, merge: false})
  const [error] = document.errors
  if (error) {
    const before = text.slice(0, error.pos[0]).split('\n')
    const place = {line: before.length, column: (before.at(-1)?.length ?? 0) + 1}
    const shown = text.split('\n')[place.line - 1]?.trim() ?? ''
    throw templateError(
      path,
      `the filled-in text is not YAML: ${error.message} (near \`${shown}\`)`,
      place,
      error,
    )
  }
  const object = withoutNulls(document.toJS({maxAliasCount: 100}))
  if (isKubeObject(object)) return object
  throw templateError(path, 'a template makes one object with apiVersion, kind and metadata.name')
}

/** A view says "leave this field out" with null. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(entry => entry !== null).map(withoutNulls)
  if (!isRecord(value)) return value
  const entries = Object.entries(value).filter(([, entry]) => entry !== null)
  return Object.fromEntries(entries.map(([key, entry]) => [key, withoutNulls(entry)]))
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const entry of Object.values(value)) freeze(entry)
  }
  return value
}
