import {describe, expect, it} from 'vitest'
import {mismatch, readSteps} from '../e2e/support/console.ts'

const step = (expected: string) => ({command: 'x', expected: expected.split('\n'), line: 1})

describe('pages whose commands are run', () => {
  it('give commands and promised output, from console blocks only', () => {
    const page = [
      '```sh',
      '$ not this',
      '```',
      '```console',
      '$ pgk list',
      'NAME',
      'hippo',
      '$ pgk x',
      '```',
    ].join('\n')
    expect(readSteps(page)).toEqual([
      {command: 'pgk list', expected: ['NAME', 'hippo'], line: 5},
      {command: 'pgk x', expected: [], line: 8},
    ])
  })

  it('join a command over several lines', () => {
    expect(readSteps('```console\n$ pgk create \\\n    cluster\n```')[0]?.command).toBe('pgk create cluster')
  })

  it('match whatever stands for an ellipsis, in a line and as lines', () => {
    expect(mismatch(step('a … c'), 'a  b c\n')).toBeUndefined()
    expect(mismatch(step('a\n…\nz'), 'a\nb\nc\nz\n')).toBeUndefined()
    expect(mismatch(step('a\n…'), 'a\n')).toBeUndefined()
  })

  it('notice a line too many, too few, or other', () => {
    expect(mismatch(step('a'), 'a\nb\n')).toContain('promised')
    expect(mismatch(step('a\nb'), 'a\n')).toContain('promised')
    expect(mismatch(step('a'), 'b\n')).toContain('promised')
  })
})
