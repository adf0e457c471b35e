/**
 * pgBackRest prints 64-bit numbers bare; JSON.parse would round them. Every number that a double cannot
 * hold, and every system identifier, comes out as the text that was printed.
 */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (key: string, value: unknown, context?: {source?: string}) => {
    if (typeof value !== 'number' || context?.source === undefined) return value
    const exact = Number.isSafeInteger(value) || !/^-?\d+$/.test(context.source)
    return exact && key !== 'system-id' ? value : context.source
  })
}

export const field = (value: unknown, ...path: readonly string[]): unknown => {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined
    here = Reflect.get(here, step)
  }
  return here
}

export const textField = (value: unknown, ...path: readonly string[]): string | undefined => {
  const found = field(value, ...path)
  return typeof found === 'string' ? found : undefined
}

export const numberField = (value: unknown, ...path: readonly string[]): number | undefined => {
  const found = field(value, ...path)
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}

export const listField = (value: unknown, ...path: readonly string[]): readonly unknown[] => {
  const found = field(value, ...path)
  return Array.isArray(found) ? found : []
}
