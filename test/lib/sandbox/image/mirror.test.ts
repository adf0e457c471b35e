import {describe, expect, test} from 'vitest'
import {chooseMirror, parseIndexTargets} from '../../../../src/lib/sandbox/image/mirror.ts'

describe('the Debian mirror', () => {
  test('is the archive that apt knows as Debian’s, not its security or update suites', () => {
    const text = [
      'http://other.example/apt|stable|Someone',
      'http://mirror.example/debian-security|bookworm-security|Debian',
      'http://mirror.example/debian|bookworm-updates|Debian',
      'http://mirror.example/debian|bookworm|Debian',
    ].join('\n')
    expect(chooseMirror(parseIndexTargets(text))).toBe('http://mirror.example/debian')
  })

  test('is guessed from its path before apt has fetched any list', () => {
    const text = 'http://mirror.example/tools|stable|\nhttp://mirror.example/debian|bookworm|\n'
    expect(chooseMirror(parseIndexTargets(text))).toBe('http://mirror.example/debian')
  })

  test('is not found on a machine that has no Debian source', () => {
    expect(chooseMirror(parseIndexTargets('http://mirror.example/ubuntu|noble|Ubuntu\n'))).toBeUndefined()
  })
})
