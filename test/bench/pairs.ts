import {spawnSync} from 'node:child_process'

export interface Timed {
  name: string
  command: readonly string[]
}

export interface Comparison {
  name: string
  medianSeconds: number
  baseName: string
  baseMedianSeconds: number
  /** Median of the ratios of neighbouring runs, so that a machine whose speed drifts does not matter. */
  ratio: number
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function seconds({name, command}: Timed): number {
  const [file = '', ...args] = command
  const started = process.hrtime.bigint()
  const {status, stderr} = spawnSync(file, args, {encoding: 'utf8'})
  const took = Number(process.hrtime.bigint() - started) / 1e9
  if (status !== 0) throw new Error(`${name} exited ${status}: ${stderr}`)
  return took
}

/** Runs both in turn, after one uncounted round. */
export function compare(timed: Timed, base: Timed, rounds = 15): Comparison {
  seconds(timed)
  seconds(base)
  const pairs = Array.from({length: rounds}, () => ({a: seconds(timed), b: seconds(base)}))
  return {
    name: timed.name,
    medianSeconds: median(pairs.map(pair => pair.a)),
    baseName: base.name,
    baseMedianSeconds: median(pairs.map(pair => pair.b)),
    ratio: median(pairs.map(pair => pair.a / pair.b)),
  }
}

export function print(comparisons: readonly (Comparison & {goal: number})[]): void {
  console.table(
    comparisons.map(({name, medianSeconds, baseName, baseMedianSeconds, ratio, goal}) => ({
      command: name,
      'median ms': Math.round(medianSeconds * 1000),
      against: baseName,
      'its median ms': Math.round(baseMedianSeconds * 1000),
      ratio: ratio.toFixed(2),
      goal: `≤ ${goal}`,
    })),
  )
}
