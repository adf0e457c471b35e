import type {IncomingHttpHeaders} from 'node:http'

/** Patroni keeps its state in Endpoints; the deprecation of the kind is known and nobody can act on it. */
const known = /^v1 Endpoints is deprecated/

/** The texts of the `Warning` headers (RFC 7234: `299 - "text"`), without the one that everybody gets. */
export function warningsOf(headers: IncomingHttpHeaders): string[] {
  const header = headers['warning']
  if (header === undefined) return []
  const texts = (Array.isArray(header) ? header.join(', ') : header).matchAll(
    /\d{3} \S+ "((?:[^"\\]|\\.)*)"/g,
  )
  return [...texts].map(match => (match[1] ?? '').replace(/\\(.)/g, '$1')).filter(text => !known.test(text))
}
