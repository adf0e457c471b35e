import type {LabelRequirement, LabelSelector} from '../../registry.ts'
import {qualifiedName} from '../kinds/names.ts'
import {badRequest} from '../status.ts'

interface Token {
  text: string
  /** A word, or punctuation: `(`, `)`, `,`, `!`, `=`, `==`, `!=`. */
  word: boolean
}

function tokens(text: string): Token[] {
  const found: Token[] = []
  for (const match of text.matchAll(/\s+|==|!=|[(),!=<>]|[^\s(),!=<>]+/g)) {
    const [part] = match
    if (part.trim() !== '') found.push({text: part, word: !/^[(),!=<>]/.test(part)})
  }
  return found
}

const refuse = (message: string): never => {
  throw badRequest(`unable to parse requirement: ${message}`)
}

/** Reads `a=b, c!=d, e, !f, g in (h,i), j notin (k)`. */
export function parseLabelSelector(text: string): LabelSelector {
  const rest = tokens(text)
  const requirements: LabelRequirement[] = []
  while (rest.length > 0) {
    requirements.push(requirement(rest))
    const next = rest.shift()
    if (next === undefined) break
    if (next.text !== ',') refuse(`found '${next.text}', expected: ',' or 'end of string'`)
    if (rest.length === 0) refuse("found '', expected: identifier after ','")
  }
  return requirements
}

function requirement(rest: Token[]): LabelRequirement {
  const first = rest.shift()
  if (first?.text === '!') return {key: keyOf(rest.shift()), operator: 'DoesNotExist', values: []}
  const key = keyOf(first)
  const [next] = rest
  if (next === undefined || next.text === ',') return {key, operator: 'Exists', values: []}
  rest.shift()
  switch (next.text) {
    case '=':
    case '==':
      return {key, operator: 'In', values: [oneValue(rest)]}
    case '!=':
      return {key, operator: 'NotIn', values: [oneValue(rest)]}
    case 'in':
      return {key, operator: 'In', values: valuesOf(rest)}
    case 'notin':
      return {key, operator: 'NotIn', values: valuesOf(rest)}
    default:
      return refuse(`found '${next.text}', expected: in, notin, =, ==, !=, gt, lt`)
  }
}

function keyOf(token: Token | undefined): string {
  if (token === undefined || !token.word) return refuse(`found '${token?.text ?? ''}', expected: identifier`)
  const [error] = qualifiedName(token.text)
  if (error !== undefined) refuse(`key: Invalid value: ${JSON.stringify(token.text)}: ${error}`)
  return token.text
}

/** A missing value is the empty one: `a=`. */
function oneValue(rest: Token[]): string {
  const [next] = rest
  if (next === undefined || next.text === ',') return ''
  rest.shift()
  return next.word ? next.text : refuse(`found '${next.text}', expected: identifier`)
}

function valuesOf(rest: Token[]): string[] {
  const open = rest.shift()
  if (open?.text !== '(') refuse(`found '${open?.text ?? ''}' expected: '('`)
  const values: string[] = []
  for (;;) {
    const token = rest.shift()
    if (token === undefined) return refuse("found '', expected: ',', ')' or identifier")
    if (token.text === ')') return values.length === 0 ? [''] : values
    if (token.word) values.push(token.text)
    else if (token.text !== ',') refuse(`found '${token.text}', expected: ',', ')' or identifier`)
  }
}
