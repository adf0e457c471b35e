import {spawnSync} from 'node:child_process'

/** Something that takes time; gives the seconds that count. */
export interface Timed {
  name: string
  seconds(): number
}

export interface Comparison {
  name: string
  medianSeconds: number
  baseName: string
  baseMedianSeconds: number
  /** Median of the ratios of neighbouring runs, so that a machine whose speed drifts does not matter. */
  ratio: number
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const [below, above] = [Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2)]
  return ((sorted[below] ?? Number.NaN) + (sorted[above] ?? Number.NaN)) / 2
}

/** Runs a program to its end and gives what it wrote to stdout. Fails with what it wrote to stderr. */
export function run(command: readonly string[], stdin = ''): string {
  const [file = '', ...args] = command
  const {status, stdout, stderr} = spawnSync(file, args, {
    encoding: 'utf8',
    input: stdin,
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(`${command.slice(0, 6).join(' ')} exited ${status}: ${stderr}${stdout}`)
  return stdout
}

/** A command, timed as a person waits for it. */
export const timed = (name: string, command: readonly string[]): Timed => ({
  name,
  seconds: () => secondsOf(() => run(command)),
})

export function secondsOf(work: () => unknown): number {
  const started = performance.now()
  work()
  return (performance.now() - started) / 1000
}

export function comparison(
  name: string,
  baseName: string,
  pairs: readonly {a: number; b: number}[],
): Comparison {
  return {
    name,
    medianSeconds: median(pairs.map(pair => pair.a)),
    baseName,
    baseMedianSeconds: median(pairs.map(pair => pair.b)),
    ratio: median(pairs.map(pair => pair.a / pair.b)),
  }
}

/** Runs both in turn, after one uncounted round. */
export function compare(one: Timed, base: Timed, rounds = 15): Comparison {
  one.seconds()
  base.seconds()
  const pairs = Array.from({length: rounds}, () => ({a: one.seconds(), b: base.seconds()}))
  return comparison(one.name, base.name, pairs)
}

export function print(comparisons: readonly (Comparison & {goal?: number})[]): void {
  console.table(
    comparisons.map(({name, medianSeconds, baseName, baseMedianSeconds, ratio, goal}) => ({
      command: name,
      'median ms': Math.round(medianSeconds * 1000),
      against: baseName,
      'its median ms': Math.round(baseMedianSeconds * 1000),
      ratio: ratio.toFixed(2),
      goal: goal === undefined ? '' : `≤ ${goal}`,
    })),
  )
}

/** The value of `--name` on the command line, as a number. */
export function numberFlag(name: string, otherwise: number): number {
  const index = process.argv.indexOf(`--${name}`)
  return index < 0 ? otherwise : Number(process.argv[index + 1])
}
