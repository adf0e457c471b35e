import type {Output} from './terminal.ts'

/** One step that a reader can see being reached. */
export interface Step {
  id: string
  title: string
  state: 'pending' | 'active' | 'done' | 'failed'
  detail?: string
}

/** Shows how far something is. Always on stderr, and never a claim of its own: it repeats what was seen. */
export interface Progress {
  /** The steps as the newest snapshot shows them, and what is being waited for. */
  show(steps: readonly Step[], waiting: string | undefined): void
  /** Leaves the final state on the screen. Always called, also after a failure. */
  stop(failure?: string): Promise<void>
}

export const silentProgress: Progress = {show: () => undefined, stop: async () => undefined}

const symbol = {pending: ' ', active: '…', done: '✔', failed: '✖'} as const

/** One line for each step that changes, for logs and pipes. */
export function lineProgress(stderr: Output, elapsedSeconds: () => number): Progress {
  const shown = new Map<string, string>()
  // Pods go back and forth between two states of one trouble: each is told once a step.
  const told = new Set<string>()
  const line = (text: string): void => {
    stderr.write(`${elapsedSeconds().toFixed(1).padStart(6)}s ${text}\n`)
  }
  return {
    show(steps, waiting) {
      let changed = false
      const details = steps.map(({title, detail}) =>
        detail === undefined ? title.toLowerCase() : `${title.toLowerCase()}: ${detail}`,
      )
      for (const {id, title, state, detail} of steps) {
        if (state === 'pending' || shown.get(id) === state) continue
        shown.set(id, state)
        changed = true
        line(`${symbol[state]} ${title}${detail === undefined ? '' : `: ${detail}`}`)
      }
      if (changed) return told.clear()
      if (waiting === undefined || told.has(waiting) || details.includes(waiting)) return
      told.add(waiting)
      line(`  ${waiting}`)
    },
    stop: async () => undefined,
  }
}
