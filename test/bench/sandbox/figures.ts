/** One line of the table: what was measured, and what it may be at most (or must be at least). */
export interface Figure {
  name: string
  value: number
  unit: string
  atMost?: number
  /** The same work without a Kubernetes, where there is such a thing. */
  bare?: number
  remark?: string
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => unknown): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

const isMet = ({value, atMost}: Figure): boolean => atMost === undefined || value <= atMost

/** Prints all figures; gives whether every goal is met. */
export function print(figures: readonly Figure[]): boolean {
  console.table(
    figures.map(figure => {
      const {name, value, unit, atMost, bare, remark = ''} = figure
      return {
        what: name,
        value: `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`,
        goal: atMost === undefined ? '' : `≤ ${atMost} ${unit} ${isMet(figure) ? 'met' : 'MISSED'}`,
        bare: bare === undefined ? '' : `${bare.toFixed(bare < 10 ? 2 : 0)} ${unit}`,
        ratio: bare === undefined ? '' : (value / bare).toFixed(2),
        remark,
      }
    }),
  )
  return figures.every(isMet)
}
