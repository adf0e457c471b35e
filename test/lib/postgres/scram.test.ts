import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {generatePassword} from '../../../src/lib/postgres/password.ts'
import {scramMatches, scramVerifier} from '../../../src/lib/postgres/scram.ts'

const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
// Postgres has no NUL in texts, and HMAC does not tell a key from the same one with NULs after it.
const text = fc.string({unit: 'binary', maxLength: 12}).filter(value => !value.includes('\0'))

describe('SCRAM verifiers', () => {
  test('have the published value of RFC 7677’s example', () => {
    const verifier = scramVerifier('pencil', salt, 4096)
    // StoredKey and ServerKey of the exchange in RFC 7677, section 3.
    expect(verifier).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    )
  })

  test('match their own password and no other', () => {
    fc.assert(
      fc.property(text, text, (password, other) => {
        const verifier = scramVerifier(password, salt, 2)
        expect(scramMatches(password, verifier)).toBe(true)
        if (other.normalize('NFKC') !== password.normalize('NFKC')) {
          // Characters that map to nothing make different texts one password, as they do in Postgres.
          const mapped = /\u00ad|\u034f|[\u1680-\uffff]/.test(other + password)
          if (!mapped) expect(scramMatches(other, verifier)).toBe(false)
        }
      }),
    )
  })

  test('a password is prepared as clients prepare it', () => {
    expect(scramMatches('I\u00adX', scramVerifier('IX', salt, 1))).toBe(true)
    expect(scramMatches('\u2168', scramVerifier('IX', salt, 1))).toBe(true)
  })

  test('a password that cannot be prepared is hashed as it is', () => {
    const password = 'bell\u0007'
    expect(scramMatches(password, scramVerifier(password, salt, 1))).toBe(true)
  })

  test.each([
    '',
    'md5abcdef',
    'SCRAM-SHA-256$0:YQ==$YQ==:YQ==',
    'SCRAM-SHA-256$99999999999:YQ==$YQ==:YQ==',
    'SCRAM-SHA-256$1:YQ==$YQ==:YQ==',
  ])('%j matches nothing', verifier => {
    expect(scramMatches('pencil', verifier)).toBe(false)
  })
})

describe('generated passwords', () => {
  const counting = () => {
    let next = 0
    return {bytes: (count: number) => Uint8Array.from({length: count}, () => next++ % 256)}
  }

  test('use only characters that need no quoting anywhere', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat({max: 255})), stream => {
        const random = {bytes: (count: number) => Uint8Array.from(stream.take(count))}
        expect(generatePassword(random)).toMatch(/^[A-Za-z0-9._~-]{24}$/)
        expect(generatePassword(random, 'AlphaNumeric')).toMatch(/^[A-Za-z0-9]{24}$/)
      }),
    )
  })

  test('no character is more likely than another', () => {
    const seen = new Map<string, number>()
    for (const character of generatePassword(counting(), 'AlphaNumeric', 62 * 40)) {
      seen.set(character, (seen.get(character) ?? 0) + 1)
    }
    expect(seen.size).toBe(62)
    expect(Math.max(...seen.values()) - Math.min(...seen.values())).toBeLessThanOrEqual(4)
  })
})
