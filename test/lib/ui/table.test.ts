import {Chalk} from 'chalk'
import {describe, expect, it} from 'vitest'
import {type Column, tableText} from '../../../src/lib/ui/table.ts'

const plain = new Chalk({level: 0})
const columns: Column<string>[] = [
  {title: 'NAME', value: row => row},
  {title: 'NODE', value: () => 'node-with-a-long-name', spare: 1},
  {title: 'ZONE', value: () => 'zone-a', spare: 2},
]

describe('a table on a narrow terminal', () => {
  it('leaves out what can be spared, the most dispensable first', () => {
    expect(tableText(columns, ['hippo'], plain, 80)).toMatch(/NAME +NODE +ZONE/)
    expect(tableText(columns, ['hippo'], plain, 30)).toMatch(/^NAME +NODE\n/)
    expect(tableText(columns, ['hippo'], plain, 10)).toBe('NAME\nhippo\n')
  })

  it('never leaves out the rest, however narrow', () => {
    expect(tableText(columns, ['hippo'], plain, 2)).toBe('NAME\nhippo\n')
  })

  it('is whole in a pipe, and colours take no width', () => {
    expect(tableText(columns, ['hippo'], plain)).toMatch(/ZONE/)
    const colour = new Chalk({level: 1})
    expect(tableText(columns, ['hippo'], colour, 36)).toContain('ZONE')
  })
})
