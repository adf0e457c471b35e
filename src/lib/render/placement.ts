import {type PgkError, usageError} from '../errors.ts'

/** Where in a template something is wrong; both count from 1. */
export interface Place {
  line: number
  column: number
}

export function templateError(path: string, message: string, place?: Place, cause?: unknown): PgkError {
  const where = place === undefined ? '' : `, line ${place.line}, column ${place.column}`
  return usageError('TEMPLATE_INVALID', message, {
    object: `template ${path}${where}`,
    ...(cause === undefined ? {} : {cause}),
  })
}

const variable = String.raw`[a-z]\w*(?:\.[a-z]\w*)*`
const interpolation = new RegExp(String.raw`^ *(?:- )*(?:- |[\w./-]+: )\{\{ ${variable} \}\}$`)
const tag = new RegExp(
  String.raw`^ *\{% (?:if ${variable}|for [a-z]\w* in ${variable}|else|endif|endfor) %\}$`,
)
const blockScalar = /^(?!\s*#).*[:-] [|>][+\-\d]*\s*$/

function problem(line: string): {at: number; message: string} | undefined {
  const output = line.indexOf('{{')
  const opening = line.indexOf('{%')
  if (opening >= 0 && !tag.test(line)) {
    return {at: opening, message: 'a tag is `{% if x %}` or `{% for x in y %}`, alone on its line'}
  }
  if (output >= 0 && !interpolation.test(line)) {
    return {at: output, message: 'an interpolation is a whole value, `key: {{ x }}` or `- {{ x }}`'}
  }
  if (blockScalar.test(line)) {
    return {at: line.length - 1, message: 'a text of several lines must be one interpolated value'}
  }
  return undefined
}

/**
 * The placement rule: every interpolation is a whole value, and tags stand alone, so that the text is
 * YAML whatever the values are. Throws `TEMPLATE_INVALID` at the first offence.
 */
export function checkPlacement(path: string, text: string): void {
  for (const [index, line] of text.split('\n').entries()) {
    const found = problem(line)
    if (found) throw templateError(path, found.message, {line: index + 1, column: found.at + 1})
  }
}
