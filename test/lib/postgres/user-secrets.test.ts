import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import type {KubeObject} from '../../../src/lib/ports.ts'
import {scramMatches} from '../../../src/lib/postgres/scram.ts'
import {connectionUri, jdbcUri} from '../../../src/lib/postgres/uri.ts'
import {outdatedUserSecrets, readUserSecret} from '../../../src/lib/postgres/user-secrets.ts'
import {SMALL} from '../model/manifests.ts'

const document = withDefaults(parseDocument(SMALL, 'small'))

/** Never the same bytes twice. */
function randomness() {
  let next = 1
  return {bytes: (count: number) => Uint8Array.from({length: count}, () => (next++ * 7) % 251)}
}

const only = (secrets: readonly KubeObject[]): KubeObject => {
  const [secret] = secrets
  if (secret === undefined || secrets.length !== 1) throw new Error(`${secrets.length} secrets`)
  return secret
}

const created = only(outdatedUserSecrets(document, 'db', [], randomness()))
const withData = (data: Record<string, string>): KubeObject => {
  const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, btoa(value)]))
  return {...created, data: {...(typeof created['data'] === 'object' ? created['data'] : {}), ...encoded}}
}

describe('user Secrets', () => {
  test('hold what is needed to connect', () => {
    const found = readUserSecret(created)
    expect(created.metadata).toMatchObject({name: 'hippo-pguser-hippo', namespace: 'db'})
    expect(found).toMatchObject({user: 'hippo', dbname: 'hippo', host: 'hippo-primary.db.svc', port: 5432})
    expect(scramMatches(found?.password ?? '', found?.verifier ?? '')).toBe(true)
  })

  test('a second run changes nothing', () => {
    expect(outdatedUserSecrets(document, 'db', [created], randomness())).toEqual([])
  })

  test('keys that others added are no difference', () => {
    expect(outdatedUserSecrets(document, 'db', [withData({extra: 'x'})], randomness())).toEqual([])
  })

  test('a password that someone wrote stays, and gets its verifier', () => {
    const changed = readUserSecret(
      only(outdatedUserSecrets(document, 'db', [withData({password: 'own'})], randomness())),
    )
    expect(changed?.password).toBe('own')
    expect(scramMatches('own', changed?.verifier ?? '')).toBe(true)
  })

  test('an emptied password is replaced, and its verifier with it', () => {
    const random = {bytes: (count: number) => new Uint8Array(count).fill(3)}
    const changed = readUserSecret(
      only(outdatedUserSecrets(document, 'db', [withData({password: ''})], random)),
    )
    expect(changed?.password).toBe('D'.repeat(24))
    expect(scramMatches('D'.repeat(24), changed?.verifier ?? '')).toBe(true)
  })

  test('another port reaches the Secret and keeps the password', () => {
    const moved = {...document, spec: {...document.spec, port: 5433}}
    const changed = readUserSecret(only(outdatedUserSecrets(moved, 'db', [created], randomness())))
    expect(changed).toEqual({...readUserSecret(created), port: 5433})
  })
})

describe('connection strings', () => {
  test('any user, password and database come back out of the URI', () => {
    const part = fc.string({minLength: 1, unit: 'grapheme'})
    fc.assert(
      fc.property(part, part, part, (user, password, dbname) => {
        const target = {host: 'hippo-primary.db.svc', port: 5432, user, password, dbname}
        // Taken apart as libpq does: a WHATWG URL would resolve a database called "." away.
        const parts = /^postgresql:\/\/([^:@/]*):([^:@/]*)@hippo-primary\.db\.svc:5432\/([^/?#]*)$/.exec(
          connectionUri(target),
        )
        expect(parts?.slice(1).map(decodeURIComponent)).toEqual([user, password, dbname])
        const query = new URL(jdbcUri(target).slice('jdbc:'.length)).searchParams
        expect([query.get('user'), query.get('password')]).toEqual([user, password])
      }),
    )
  })

  test('a host with colons is bracketed, and no password leaves no colon', () => {
    expect(connectionUri({host: '::1', port: 1, user: 'a'})).toBe('postgresql://a@[::1]:1')
  })
})
