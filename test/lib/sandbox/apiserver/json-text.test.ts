import {expect, it} from 'vitest'
import {readJsonText} from '../../../../src/lib/sandbox/apiserver/http/json-text.ts'

it.each([
  ['not json', "invalid character 'o' in literal null (expecting 'u')"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
  ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
  ['[1 2]', "invalid character '2' after array element"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ['"\\q"', "invalid character 'q' in string escape code"],
  ['-x', "invalid character 'x' in numeric literal"],
  ['1.x', "invalid character 'x' after decimal point in numeric literal"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['{"a":', 'unexpected end of JSON input'],
])('tells what is wrong with %j in the words of Go', (text, fault) => {
  expect(readJsonText(text).fault).toBe(fault)
})

it('names keys given twice by their path', () => {
  const text = '{"a":1,"a":2,"spec":{"list":[{"n":1},{"n":1,"n":2}]},"\\u0061":3}'
  expect(readJsonText(text)).toEqual({duplicates: ['a', 'spec.list[1].n', 'a']})
})

it('finds nothing wrong with good JSON', () => {
  const value = {a: [1.5e3, -2, true, false, null, 'x\u00e9"\\/'], b: {}, c: []}
  expect(readJsonText(JSON.stringify(value, undefined, 2))).toEqual({duplicates: []})
})
