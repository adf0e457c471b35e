import {equalJson, isObject, listOf} from '../json.ts'

interface Ordering {
  patch: readonly unknown[]
  /** `$setElementOrder`: the wanted order of what the patch knows. */
  order: unknown
  server: readonly unknown[]
  key: string | undefined
}

/**
 * The order in which a merged list comes: what the patch names keeps the patch's order, what only the
 * server has keeps the server's, and a patched item comes before a server's unless the server had it later.
 */
export function orderedLikePatch(
  merged: readonly unknown[],
  {patch, order, server, key}: Ordering,
): unknown[] {
  const same = (left: unknown, right: unknown): boolean =>
    key === undefined
      ? equalJson(left, right)
      : isObject(left) && isObject(right) && equalJson(left[key], right[key])
  const wanted = Array.isArray(order) ? listOf(order) : patch
  const place = (list: readonly unknown[], entry: unknown): number =>
    list.findIndex(other => same(other, entry))
  const patched = merged.filter(entry => place(wanted, entry) >= 0)
  patched.sort((left, right) => place(wanted, left) - place(wanted, right))
  const others = merged.filter(entry => place(wanted, entry) < 0)
  others.sort((left, right) => place(server, left) - place(server, right))
  const result: unknown[] = []
  while (patched.length > 0 && others.length > 0) {
    const [other] = others
    const [mine] = patched
    const first = place(server, other)
    const second = place(server, mine)
    const otherFirst = first >= 0 && second >= 0 && first < second
    result.push(otherFirst ? others.shift() : patched.shift())
  }
  return [...result, ...others, ...patched]
}
