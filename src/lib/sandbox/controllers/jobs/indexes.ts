/** `0,2-4` as the set of its numbers. */
export function parseIndexes(text: string | undefined): Set<number> {
  const indexes = new Set<number>()
  for (const part of (text ?? '').split(',')) {
    if (part === '') continue
    const [first = 0, last = first] = part.split('-').map(Number)
    for (let index = first; index <= last; index += 1) indexes.add(index)
  }
  return indexes
}

/** A set of numbers as `0,2-4`; two neighbours stay apart, as Kubernetes writes them. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const parts: string[] = []
  const sorted = [...indexes].sort((a, b) => a - b)
  for (let start = 0; start < sorted.length; ) {
    let end = start
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end += 1
    if (end - start >= 2) parts.push(`${sorted[start]}-${sorted[end]}`)
    else parts.push(...sorted.slice(start, end + 1).map(String))
    start = end + 1
  }
  return parts.join(',')
}
