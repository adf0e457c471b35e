import {describe, expect, it} from 'vitest'
import {mismatch, readFiles, readSteps} from '../e2e/support/console.ts'

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

  it('match other times, sizes and leaders, but no other outcome', () => {
    const promised = step('hippo-pg-1  leader  running  node-1  zone-a  0 B  8% of 9.7 GiB\nLoss now 3s')
    const other = 'hippo-pg-1  replica  streaming  node-2  zone-c  1.2 KiB  9% of 252 GiB\nLoss now nothing\n'
    expect(mismatch(promised, other)).toBeUndefined()
    expect(mismatch(promised, other.replace('streaming', 'stopped'))).toContain('promised')
  })

  it('give files by the name in their first line', () => {
    const page = '```yaml\n# a.yaml\nkind: Pod\n```\n```yaml\nkind: Job\n```\n'
    expect(readFiles(page)).toEqual([{name: 'a.yaml', content: 'kind: Pod\n'}])
  })

  it('notice a line too many, too few, or other', () => {
    expect(mismatch(step('a'), 'a\nb\n')).toContain('promised')
    expect(mismatch(step('a\nb'), 'a\n')).toContain('promised')
    expect(mismatch(step('a'), 'b\n')).toContain('promised')
  })
})
