/** JSON with sorted keys and Go's escapes: what Kubernetes hashes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value)).replace(/[<>&\u2028\u2029]/g, escaped)
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]))
}

/** 32-bit FNV-1. */
export function fnv32(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0
  return hash
}

/** No vowels and no look-alikes, so that a hash never spells a word. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

export const safeEncode = (text: string): string =>
  Array.from(text, character => alphabet.charAt(character.charCodeAt(0) % alphabet.length)).join('')

/** The suffix of a revision's name: the hash of its data and of the number of collisions so far. */
export const revisionHash = (data: unknown, collisions: number): string =>
  safeEncode(String(fnv32(canonicalJson(data) + String(collisions))))
