import {createHash, createHmac, pbkdf2Sync, timingSafeEqual} from 'node:crypto'
import saslprep from '@mongodb-js/saslprep'

/** What Postgres itself uses. */
const ITERATIONS = 4096
export const SALT_BYTES = 16
/** A verifier that asks for more work than this is not checked: it is no password of pgk's making. */
const MOST_ITERATIONS = 1_000_000

const FORM = /^SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*):([A-Za-z0-9+/]+=*)$/

/**
 * The password as clients and servers hash it: prepared by RFC 4013, or as it is where that refuses it.
 * Postgres and libpq both fall back in this way.
 */
function prepared(password: string): string {
  try {
    return saslprep(password)
  } catch {
    return password
  }
}

const hmac = (key: Uint8Array, text: string): Uint8Array => createHmac('sha256', key).update(text).digest()

function keys(
  password: string,
  salt: Uint8Array,
  iterations: number,
): {stored: Uint8Array; server: Uint8Array} {
  const salted = pbkdf2Sync(Buffer.from(prepared(password), 'utf8'), salt, iterations, 32, 'sha256')
  return {
    stored: createHash('sha256').update(hmac(salted, 'Client Key')).digest(),
    server: hmac(salted, 'Server Key'),
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** The SCRAM-SHA-256 verifier that Postgres stores for a password, with `salt` of 16 random bytes. */
export function scramVerifier(password: string, salt: Uint8Array, iterations = ITERATIONS): string {
  const {stored, server} = keys(password, salt, iterations)
  return `SCRAM-SHA-256$${iterations}:${base64(salt)}$${base64(stored)}:${base64(server)}`
}

/** True when `verifier` is a SCRAM-SHA-256 verifier of this very password. */
export function scramMatches(password: string, verifier: string): boolean {
  const [, count, salt, stored, server] = FORM.exec(verifier) ?? []
  if (salt === undefined || stored === undefined || server === undefined) return false
  const iterations = Number(count)
  if (iterations < 1 || iterations > MOST_ITERATIONS) return false
  const expected = keys(password, Buffer.from(salt, 'base64'), iterations)
  const given = [Buffer.from(stored, 'base64'), Buffer.from(server, 'base64')]
  return [expected.stored, expected.server].every((key, index) => {
    const other = given[index]
    return other !== undefined && other.length === key.length && timingSafeEqual(other, key)
  })
}
