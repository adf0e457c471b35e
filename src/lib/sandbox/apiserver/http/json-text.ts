/** What JSON.parse does not tell: the fault of a text in the words of Go's parser, and keys given twice. */
export interface JsonText {
  /** `invalid character 'o' in literal null (expecting 'u')`; absent for good JSON. */
  fault?: string
  /** Paths of the keys that an object has more than once: `spec.replicas`, `spec.containers[0].name`. */
  duplicates: string[]
}

class Fault extends Error {}

export function readJsonText(text: string): JsonText {
  const reader = new Reader(text)
  try {
    reader.document()
    return {duplicates: reader.duplicates}
  } catch (error) {
    if (error instanceof Fault) return {fault: error.message, duplicates: reader.duplicates}
    throw error
  }
}

const ESCAPES = new Set(['"', '\\', '/', 'b', 'f', 'n', 'r', 't'])
const LITERALS: Record<string, string> = {t: 'true', f: 'false', n: 'null'}

/** A character as Go quotes it in its complaints. */
export function goCharacter(character: string): string {
  if (character === "'") return `'\\''`
  if (character === '"') return `'"'`
  const code = character.codePointAt(0) ?? 0
  const isPlain = code >= 0x20 && code !== 0x7f && (code < 0x80 || code > 0x9f)
  return isPlain ? `'${character === '\\' ? '\\\\' : character}'` : `'${escaped(character, code)}'`
}

const escaped = (character: string, code: number): string => {
  const short: Record<string, string> = {'\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f'}
  const hex = code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : undefined
  return short[character] ?? hex ?? `\\u${code.toString(16).padStart(4, '0')}`
}

class Reader {
  readonly duplicates: string[] = []
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): void {
    this.#value('')
    this.#space()
    if (this.#at < this.#text.length) this.#refuse('after top-level value')
  }

  #value(path: string): void {
    this.#space()
    const character = this.#text[this.#at]
    const literal = LITERALS[character ?? '']
    if (character === '{') this.#object(path)
    else if (character === '[') this.#array(path)
    else if (character === '"') this.#string()
    else if (literal !== undefined) this.#literal(literal)
    else if (character === '-' || isDigit(character)) this.#number()
    else this.#refuse('looking for beginning of value')
  }

  #object(path: string): void {
    const keys = new Set<string>()
    this.#at++
    for (let first = true; ; first = false) {
      this.#space()
      if (first && this.#take('}')) return
      if (this.#text[this.#at] !== '"') this.#refuse('looking for beginning of object key string')
      const key = this.#string()
      const member = path === '' ? key : `${path}.${key}`
      if (keys.has(key)) this.duplicates.push(member)
      keys.add(key)
      this.#space()
      if (!this.#take(':')) this.#refuse('after object key')
      this.#value(member)
      this.#space()
      if (this.#take('}')) return
      if (!this.#take(',')) this.#refuse('after object key:value pair')
    }
  }

  #array(path: string): void {
    this.#at++
    this.#space()
    if (this.#take(']')) return
    for (let index = 0; ; index++) {
      this.#value(`${path}[${index}]`)
      this.#space()
      if (this.#take(']')) return
      if (!this.#take(',')) this.#refuse('after array element')
    }
  }

  #string(): string {
    const start = this.#at++
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined || character < ' ') this.#refuse('in string literal')
      this.#at++
      if (character === '"') break
      if (character === '\\') this.#escape()
    }
    return String(JSON.parse(this.#text.slice(start, this.#at)))
  }

  #escape(): void {
    const character = this.#text[this.#at]
    if (character === undefined || (character !== 'u' && !ESCAPES.has(character))) {
      this.#refuse('in string escape code')
    }
    this.#at++
    if (character !== 'u') return
    for (let digits = 0; digits < 4; digits++, this.#at++) {
      if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) {
        this.#refuse('in \\u hexadecimal character escape')
      }
    }
  }

  #literal(literal: string): void {
    for (const wanted of literal) {
      if (this.#text[this.#at] !== wanted) this.#refuse(`in literal ${literal} (expecting '${wanted}')`)
      this.#at++
    }
  }

  #number(): void {
    this.#take('-')
    if (!this.#take('0')) this.#digits('in numeric literal')
    if (this.#take('.')) this.#digits('after decimal point in numeric literal')
    if (this.#take('e') || this.#take('E')) {
      if (!this.#take('+')) this.#take('-')
      this.#digits('in exponent of numeric literal')
    }
  }

  #digits(context: string): void {
    if (!isDigit(this.#text[this.#at])) this.#refuse(context)
    while (isDigit(this.#text[this.#at])) this.#at++
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #refuse(context: string): never {
    const code = this.#text.codePointAt(this.#at)
    if (code === undefined) throw new Fault('unexpected end of JSON input')
    throw new Fault(`invalid character ${goCharacter(String.fromCodePoint(code))} ${context}`)
  }
}

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && character >= '0' && character <= '9'
