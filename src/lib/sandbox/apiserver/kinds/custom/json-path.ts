import {isObject} from '../../json.ts'

/** One step of a simple JSONPath. */
type Step =
  | {type: 'field'; name: string}
  | {type: 'index'; index: number}
  | {type: 'all'}
  | {type: 'filter'; path: string; operator: string; value: string | number | boolean}

const token =
  /^(?:\.?\[\?\(\s*@((?:\.(?:\\.|[^.[\]=!<>\s\\])+)+)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([^)\s]+))\s*\)\]|\.?\[(\d+|-\d+)\]|\.?\[\*\]|\.\*|\[['"]([^'"]+)['"]\]|\.((?:\\.|[^.[\]\\])+))/

function literal(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  const number = Number(text)
  return Number.isNaN(number) ? text : number
}

function stepOf(match: RegExpExecArray): Step {
  const [, path, operator, double, single, bare, index, quoted, name] = match
  if (path !== undefined && operator !== undefined) {
    return {type: 'filter', path, operator, value: double ?? single ?? literal(bare ?? '')}
  }
  if (index !== undefined) return {type: 'index', index: Number(index)}
  const field = quoted ?? name?.replace(/\\(.)/g, '$1')
  return field === undefined ? {type: 'all'} : {type: 'field', name: field}
}

/** Parses `.spec.size`, `.items[0].x`, `.a['b.c']`, `.list[?(@.type=="Ready")].status`; undefined if it is none. */
export function parsePath(text: string): Step[] | undefined {
  let rest = text.replace(/^\{(.*)\}$/, '$1').replace(/^\$/, '')
  const steps: Step[] = []
  while (rest !== '') {
    const match = token.exec(rest)
    if (!match) return undefined
    steps.push(stepOf(match))
    rest = rest.slice(match[0].length)
  }
  return steps
}

function follow(values: readonly unknown[], step: Step): unknown[] {
  return values.flatMap(value => {
    if (step.type === 'field')
      return isObject(value) && value[step.name] !== undefined ? [value[step.name]] : []
    if (step.type === 'all') return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []
    if (!Array.isArray(value)) return []
    if (step.type === 'index') {
      const entry: unknown = value.at(step.index)
      return entry === undefined ? [] : [entry]
    }
    const path = parsePath(step.path) ?? []
    return value.filter(entry => {
      const [found] = valuesAt(entry, path)
      return step.operator === '==' ? found === step.value : found !== step.value
    })
  })
}

/** Everything that a path leads to. */
export const valuesAt = (value: unknown, steps: readonly Step[]): unknown[] =>
  steps.reduce<unknown[]>((values, step) => follow(values, step), [value])
