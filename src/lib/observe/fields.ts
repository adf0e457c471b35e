/**
 * Reading untyped JSON at the edge: each function gives the value when it has the type asked for and
 * undefined otherwise, so that a malformed object reads as an absent field and never throws.
 */

export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = Reflect.get(here, step)
  }
  return here
}

export function text(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : undefined
}

export function count(value: unknown, ...path: readonly (string | number)[]): number | undefined {
  const found = at(value, ...path)
  return typeof found === 'number' ? found : undefined
}

export function flag(value: unknown, ...path: readonly (string | number)[]): boolean {
  return at(value, ...path) === true
}

export function list(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The `status` of a condition by its type: `True`, `False`, `Unknown`, or undefined when absent. */
export function condition(
  object: unknown,
  type: string,
): {status: string; reason: string; message: string; since: string} | undefined {
  for (const entry of list(object, 'status', 'conditions')) {
    if (text(entry, 'type') !== type) continue
    return {
      status: text(entry, 'status') ?? 'Unknown',
      reason: text(entry, 'reason') ?? '',
      message: text(entry, 'message') ?? '',
      since: text(entry, 'lastTransitionTime') ?? '',
    }
  }
  return undefined
}
