/** The fields of a cron line with their bounds and the names they take. */
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const bounds: readonly {min: number; max: number; names: readonly string[]}[] = [
  {min: 0, max: 59, names: []},
  {min: 0, max: 23, names: []},
  {min: 1, max: 31, names: []},
  {min: 1, max: 12, names: months},
  {min: 0, max: 6, names: days},
]

const nicknames = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']

type Bounds = (typeof bounds)[number]

function numberOf(text: string, {min, names}: Bounds): number | string {
  const index = names.indexOf(text.toLowerCase())
  if (index >= 0) return index + min
  if (/^\d+$/.test(text)) return Number(text)
  if (/^-\d+$/.test(text)) return `negative number (${text}) not allowed: ${text}`
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`
}

/** What is wrong with one part such as `1-5/2`, if anything. */
function problemOf(part: string, range: Bounds): string | undefined {
  const [span = '', step, ...more] = part.split('/')
  const [low = '', high, ...rest] = span.split('-')
  if (more.length > 0) return `too many slashes: ${part}`
  if (rest.length > 0) return `too many hyphens: ${part}`
  const every = low === '*' || low === '?'
  const start = every ? range.min : numberOf(low, range)
  if (typeof start === 'string') return start
  const single = step === undefined ? start : range.max
  const end = every ? range.max : high === undefined ? single : numberOf(high, range)
  if (typeof end === 'string') return end
  const stride = step === undefined ? 1 : numberOf(step, {...range, names: []})
  if (typeof stride === 'string') return stride
  if (start < range.min) return `beginning of range (${start}) below minimum (${range.min}): ${part}`
  if (end > range.max) return `end of range (${end}) above maximum (${range.max}): ${part}`
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${part}`
  return stride === 0 ? `step of range should be a positive number: ${part}` : undefined
}

/** The reason why this is no cron schedule, or undefined. */
export function scheduleProblem(schedule: string): string | undefined {
  if (schedule === '') return 'empty spec string'
  if (schedule.startsWith('@')) {
    if (nicknames.includes(schedule)) return undefined
    if (/^@every \d+(\.\d+)?(ns|us|ms|s|m|h)/.test(schedule)) return undefined
    return `unrecognized descriptor: ${schedule}`
  }
  const fields = schedule.trim().split(/\s+/)
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`
  for (const [index, field] of fields.entries()) {
    const range = bounds[index]
    if (!range) continue
    for (const part of field.split(',').filter(Boolean)) {
      const problem = problemOf(part, range)
      if (problem !== undefined) return problem
    }
  }
  return undefined
}
