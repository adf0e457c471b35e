import type {Progress, Step} from './progress.ts'

interface Gate {
  promise: Promise<void>
  open: () => void
  fail: (error: Error) => void
  settled: boolean
}

function gate(): Gate {
  const {promise, resolve, reject} = Promise.withResolvers<void>()
  // A step that fails after the view is gone must not end the process.
  promise.catch(() => undefined)
  const made: Gate = {
    promise,
    settled: false,
    open: () => {
      made.settled = true
      resolve()
    },
    fail: error => {
      made.settled = true
      reject(error)
    },
  }
  return made
}

const titleOf = ({title, detail}: Step): string => (detail === undefined ? title : `${title}: ${detail}`)

/** Moving steps on a terminal: one listr2 task a step, which ends when a snapshot shows it done. */
export function liveProgress(stream: NodeJS.WriteStream): Progress {
  const gates = new Map<string, Gate>()
  const latest = new Map<string, Step>()
  let waiting: string | undefined
  let running: Promise<unknown> | undefined
  let repaint: (() => void) | undefined

  const start = async (steps: readonly Step[]): Promise<void> => {
    const {Listr, ListrLogger, ProcessOutput} = await import('listr2')
    const tasks = new Listr(
      steps.map(step => ({
        title: titleOf(step),
        task: async (_: unknown, task: {title: string; output: string}) => {
          const paint = (): void => {
            const now = latest.get(step.id)
            if (now) task.title = titleOf(now)
            // What the title says already is not said again below it.
            const known =
              now && [now.title, titleOf(now)].some(text => text.toLowerCase() === waiting?.toLowerCase())
            if (waiting !== undefined) task.output = known ? '' : waiting
          }
          repaint = paint
          paint()
          await gates.get(step.id)?.promise
          paint()
        },
      })),
      {
        concurrent: false,
        exitOnError: true,
        forceTTY: true,
        registerSignalListeners: false,
        rendererOptions: {
          // Without this the tasks would be drawn on stdout, into the result.
          logger: new ListrLogger({processOutput: new ProcessOutput(stream, stream)}),
          showErrorMessage: true,
          collapseErrors: false,
        },
      },
    )
    await tasks.run()
  }

  return {
    show(steps, next) {
      waiting = next
      for (const step of steps) {
        latest.set(step.id, step)
        const known = gates.get(step.id) ?? gate()
        gates.set(step.id, known)
        if (step.state === 'done' && !known.settled) known.open()
      }
      running ??= start(steps).catch(() => undefined)
      repaint?.()
    },
    async stop(failure) {
      for (const one of gates.values()) {
        if (one.settled) continue
        if (failure === undefined) one.open()
        else one.fail(new Error(failure))
      }
      await running
    },
  }
}
