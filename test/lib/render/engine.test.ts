import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {PgkError} from '../../../src/lib/errors.ts'
import {createEngine} from '../../../src/lib/render/engine.ts'

const object = (spec: string): string =>
  `apiVersion: v1\nkind: Thing\nmetadata:\n  name: thing\nspec:\n${spec}\n`

const render = (spec: string, view: object) =>
  createEngine().compile('a/thing', object(spec)).render(view)['spec']

function failure(work: () => unknown): {message: string; object: string | undefined} {
  try {
    work()
  } catch (error) {
    if (error instanceof PgkError) return {message: error.message, object: error.object}
    throw error
  }
  throw new Error('nothing was thrown')
}

/** As it comes out of JSON, which knows no negative zero. */
const json = fc
  .jsonValue({maxDepth: 3})
  .filter(value => !JSON.stringify(value).includes('null'))
  .map((value): unknown => JSON.parse(JSON.stringify(value)))

describe('the template engine', () => {
  it('keeps any value exactly, however hostile', () => {
    fc.assert(
      fc.property(json, fc.string({unit: 'binary', maxLength: 300}), (value, text) => {
        expect(render('  a: {{ x.value }}\n  b:\n  - {{ x.text }}', {x: {value, text}})).toEqual({
          a: value,
          b: [text],
        })
      }),
    )
  }, 30_000)

  it('does not read a value as a template, a tag or an anchor', () => {
    const text = '{{ secret }} {% if a %} *alias &anchor !!tag\n# no comment\n\'"'
    expect(render('  a: {{ x.text }}', {x: {text}})).toEqual({a: text})
  })

  it('leaves out fields and entries that are null', () => {
    expect(render('  a: {{ x.none }}\n  b: 1\n  c:\n  - {{ x.none }}\n  - 2', {x: {none: null}})).toEqual({
      b: 1,
      c: [2],
    })
  })

  it('fills in conditions and loops', () => {
    const spec =
      '  list:\n{% for item in x.items %}\n  - {{ item }}\n{% endfor %}\n{% if x.on %}\n  on: true\n{% else %}\n  off: true\n{% endif %}'
    expect(render(spec, {x: {items: [1, {a: 2}], on: null}})).toEqual({list: [1, {a: 2}], off: true})
  })

  it('names template, line and column of a variable that does not exist', () => {
    expect(failure(() => render('  a: {{ x.missing }}', {x: {}}))).toEqual({
      message: 'undefined variable: x.missing',
      object: 'template a/thing, line 6, column 9',
    })
  })

  it('does not reach what an object inherits', () => {
    expect(failure(() => render('  a: {{ x.constructor }}', {x: {}})).message).toMatch(/undefined variable/)
  })

  it('says where the filled-in text is no YAML', () => {
    const {message, object: where} = failure(() => render('  a: 1\n a: 2', {}))
    expect(message).toMatch(/not YAML/)
    expect(where).toMatch(/^template a\/thing, line 7, column \d+$/)
  })

  it('refuses what makes no Kubernetes object', () => {
    const {message} = failure(() => createEngine().compile('a/b', 'kind: Thing\n').render({}))
    expect(message).toMatch(/apiVersion, kind and metadata.name/)
  })

  it('hands out objects that nobody can change by accident', () => {
    const made = createEngine().compile('a/b', object('  a: {b: 1}')).render({})
    expect(Object.isFrozen(made)).toBe(true)
    expect(Object.isFrozen(made['spec'])).toBe(true)
  })

  it('lists the variables a template reads, loop variables apart', () => {
    const text = object(
      '  a: {{ x.b }}\n{% for item in x.items %}\n  - {{ item }}\n{% endfor %}\n{% if y.z %}\n{% endif %}',
    )
    expect(createEngine().compile('a/b', text).variables).toEqual(['x.b', 'x.items', 'y.z'])
  })
})

describe('the placement rule', () => {
  const offence = (line: string) => failure(() => createEngine().compile('a/b', `first: 1\n${line}\n`))

  it.each([
    ['name: x-{{ a.b }}', 9],
    ['name: "{{ a.b }}"', 8],
    ['{{ a.b }}: 1', 1],
    ['name: {{ a.b }} # why', 7],
    ['name: {{ a.b | raw }}', 7],
    ['name: {a: {{ a.b }}}', 11],
    ['name: {% if a.b %}x', 7],
    ['{% if a == b %}', 1],
    ['{% assign x = 1 %}', 1],
    ['{% include "x" %}', 1],
    ['text: |', 7],
    ['- >-', 4],
  ])('refuses %s', (line, column) => {
    expect(offence(line).object).toBe(`template a/b, line 2, column ${column}`)
  })

  it.each([
    '- {{ a.b }}',
    '  - - {{ a.b }}',
    'example.com/key: {{ a }}',
    '- name: {{ a.b }}',
    '  {% if a.b %}',
    '# a | pipe',
  ])('admits %s', line => {
    const closing = line.includes('{% if') ? '\n{% endif %}' : ''
    expect(() => createEngine().compile('a/b', `${line}${closing}`)).not.toThrow()
  })
})
