/** The syntax rules of names, labels and ports, each giving the sentences of what is wrong. */
export type Rule = (value: string) => string[]

function regexError(message: string, pattern: string, examples: readonly string[]): string {
  const shown = examples.map(example => `'${example}', `).join(' or ')
  return `${message} (e.g. ${shown}regex used for validation is '${pattern}')`
}

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = `${label}(\\.${label})*`
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelValue = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'

const matcher =
  (pattern: string, most: number, sentence: string, examples: readonly string[]): Rule =>
  value => {
    const found: string[] = []
    if (Buffer.byteLength(value) > most) found.push(`must be no more than ${most} bytes`)
    if (!new RegExp(`^${pattern}$`).test(value)) found.push(regexError(sentence, pattern, examples))
    return found
  }

export const dns1123Label = matcher(
  label,
  63,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and " +
    'end with an alphanumeric character',
  ['my-name', '123-abc'],
)

export const dns1123Subdomain = matcher(
  subdomain,
  253,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must " +
    'start and end with an alphanumeric character',
  ['example.com'],
)

export const dns1035Label = matcher(
  label1035,
  63,
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic " +
    'character, and end with an alphanumeric character',
  ['my-name', 'abc-123'],
)

export const validLabelValue = matcher(
  labelValue,
  63,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must " +
    'start and end with an alphanumeric character',
  ['MyValue', 'my_value', '12345'],
)

const namePart = matcher(
  qualified,
  63,
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
    'character',
  ['MyName', 'my.name', '123-abc'],
)

/** A label or annotation key: an optional DNS prefix, `/`, a name. */
export const qualifiedName: Rule = value => {
  const parts = value.split('/')
  const name = parts.at(-1) ?? ''
  const prefix = parts.length === 2 ? parts[0] : undefined
  if (parts.length > 2) {
    const sentence =
      "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with " +
      'an alphanumeric character'
    const text = regexError(sentence, qualified, ['MyName', 'my.name', '123-abc'])
    return [`${text} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  const found: string[] = []
  if (prefix === '') found.push('prefix part must be non-empty')
  else if (prefix !== undefined) found.push(...dns1123Subdomain(prefix).map(text => `prefix part ${text}`))
  if (name === '') found.push('name part must be non-empty')
  else found.push(...namePart(name).map(text => `name part ${text}`))
  return found
}

/** A name that may stand in a URL: roles, bindings, system objects. */
export const pathSegment: Rule = value => {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%'].filter(sign => value.includes(sign)).map(sign => `may not contain '${sign}'`)
}

/** Keys of a ConfigMap or Secret. */
export const configKey: Rule = value => {
  const found: string[] = []
  if (value.length > 253) found.push('must be no more than 253 bytes')
  if (!/^[-._a-zA-Z0-9]+$/.test(value)) {
    found.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        ['key.name', 'KEY_NAME', 'key-name'],
      ),
    )
  }
  if (value === '.') found.push("must not be '.'")
  if (value === '..') found.push("must not be '..'")
  else if (value.startsWith('..')) found.push("must not start with '..'")
  return found
}

export const portNumber = (value: unknown): string[] =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535
    ? []
    : ['must be between 1 and 65535, inclusive']

/** The name of a container's port. */
export const portName: Rule = value => {
  const found: string[] = []
  if (value.length > 15) found.push('must be no more than 15 bytes')
  if (!/^[-a-z0-9]+$/.test(value))
    found.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(value)) found.push('must contain at least one letter (a-z)')
  if (value.includes('--')) found.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) found.push('must not begin or end with a hyphen')
  return found
}

/** For a prefix that a suffix will follow, such as `generateName`. */
export const asPrefix =
  (rule: Rule): Rule =>
  value =>
    rule(value.endsWith('-') && value.length > 1 ? `${value.slice(0, -1)}a` : value)
