/** A command of a guide with the output the reader is promised. */
export interface Step {
  command: string
  /** Lines; `…` stands for anything within a line, a line `…` alone for any number of lines. */
  expected: readonly string[]
  line: number
}

/** Reads the ```console blocks of a page: lines that begin with `$ ` are commands, the others their output. */
export function readSteps(markdown: string): Step[] {
  const steps: {command: string; expected: string[]; line: number}[] = []
  let inside = false
  for (const [index, line] of markdown.split('\n').entries()) {
    if (line.startsWith('```')) {
      inside = line.trim() === '```console'
      continue
    }
    if (!inside) continue
    const last = steps.at(-1)
    if (line.startsWith('$ ')) steps.push({command: line.slice(2), expected: [], line: index + 1})
    else if (last?.expected.length === 0 && last.command.endsWith('\\')) {
      last.command = `${last.command.slice(0, -1)}${line.trim()}`
    } else last?.expected.push(line)
  }
  return steps
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What differs from run to run though the page is right: times, ages, sizes, and which instance leads. */
const volatile: readonly [pattern: RegExp, stands: string][] = [
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, '(time)'],
  [/\b\d+(\.\d+)? (B|KiB|MiB|GiB|TiB)(?= |,|$)/g, '(size)'],
  [/\b\d+%/g, '(share)'],
  [/\b\d+(\.\d+)?(ms|s|m\d+s|m|h\d+m|h|d)(?= |,|$)/g, '(age)'],
  [/\b\d+ (s|min)$/g, '(age)'],
  [/\b(leader running|replica streaming)\b/g, '(member)'],
  [/\bnode-\d zone-[a-c]\b/g, '(node)'],
  [/\b\d+ of (?=\d+ connections)/g, '(some) of '],
  [/^Loss now nothing/, 'Loss now (age)'],
]

/** How a line is compared: white space folded, as tables may be wider than on the page, and steady. */
const folded = (text: string): string =>
  volatile.reduce(
    (line, [pattern, stands]) => line.replace(pattern, stands),
    text.trim().replace(/\s+/g, ' '),
  )

function pattern(expected: readonly string[]): RegExp {
  const parts = expected
    .map(folded)
    .filter(line => line !== '')
    .map(line => (line === '…' ? '(?:.*\n)*?' : `${literal(line).replaceAll('…', '.*')}\n`))
  return new RegExp(`^${parts.join('')}$`)
}

/** Undefined when the output is what the page promises, else a sentence that shows both. */
export function mismatch({expected, command, line}: Step, output: string): string | undefined {
  const lines = output
    .split('\n')
    .map(folded)
    .filter(text => text !== '')
  const actual = lines.map(text => `${text}\n`).join('')
  if (pattern(expected).test(actual)) return undefined
  return `line ${line}: $ ${command}\n--- promised\n${expected.join('\n')}\n--- printed\n${output}`
}

/** Reads the files that a page gives in ```yaml blocks whose first line is `# name.yaml`. */
export function readFiles(markdown: string): {name: string; content: string}[] {
  return [...markdown.matchAll(/^```yaml\n# ([\w.-]+)\n([\s\S]*?)^```$/gm)].map(
    ([, name = '', content = '']) => ({name, content}),
  )
}
