import type {Decision, Goal, Milestone} from '../decide/decision.ts'
import {interruptedError, PgkError, timedOutError} from '../errors.ts'
import {noQuestions, type Questions} from '../observe/questions.ts'
import type {Clock} from '../ports.ts'

/** The loop's view of one cluster: how to look at it, what to make of a look, and how to act. */
export interface Convergence<Snapshot> {
  /** One snapshot. `refresh` asks for what watches do not cover, after writes. */
  observe(questions: Questions, refresh: boolean): Promise<Snapshot>
  decide(snapshot: Snapshot): Decision
  /** Carries a decision out. True when anything was written, so that the next look comes at once. */
  act(decision: Decision, snapshot: Snapshot): Promise<boolean>
  /** Resolves when something may have changed, at the latest after `milliseconds`. */
  next(milliseconds: number, signal: AbortSignal): Promise<void>
}

export interface ConvergeOptions {
  /** For messages: `cluster hippo`. */
  object: string
  goal: Goal
  timeoutSeconds: number
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
  /** The command line that goes on with what this one began. */
  resume: string
  /** How things are until then, where that is worse than before. */
  untilThen?: string | undefined
  progress: (milestones: readonly Milestone[], waiting: string | undefined) => void
}

export interface Converged<Snapshot> {
  snapshot: Snapshot
  decision: Decision
}

/** How long to sleep where only a question, not a watch, can show the change; and where a watch can. */
const askAgainMilliseconds = 400
const safetyNetMilliseconds = 5_000
const apiAwayMilliseconds = 1_000
/** An effect that does not stick must not be repeated as fast as the API answers. */
const leastPauseMilliseconds = 50

const asks = (questions: Questions): boolean =>
  questions.sql || questions.backups || questions.disks || questions.write !== undefined

function timedOut(options: ConvergeOptions, waiting: string | undefined, cause?: unknown): PgkError {
  return timedOutError('TIMED_OUT', `not finished after ${options.timeoutSeconds} s`, {
    object: options.object,
    ...(waiting === undefined ? {} : {reason: waiting}),
    hints: [
      'Nothing has been undone; what is left to do is done when it is run again.',
      `Go on with: ${options.resume}`,
    ],
    ...(cause === undefined ? {} : {cause}),
  })
}

/** An API that is away for a moment, or too busy: what was begun goes on when it is back. */
const passes = (error: unknown): error is PgkError =>
  error instanceof PgkError &&
  (['PGK_API_UNREACHABLE', 'PGK_API_TIMEOUT'].includes(error.code) ||
    (error.code === 'PGK_API_ERROR' && /^(429|50[234])\b/.test(error.reason ?? '')))

const interrupted = (options: ConvergeOptions): PgkError =>
  interruptedError('INTERRUPTED', 'stopped; nothing more is done until it is run again', {
    object: options.object,
    ...(options.untilThen === undefined ? {} : {reason: options.untilThen}),
    hints: [`Go on with: ${options.resume}`],
  })

/**
 * The only loop that waits: look, decide, act, until the goal is reached, the state cannot recover, the
 * deadline passes (outcome unknown) or the reader stops watching.
 */
export async function converge<Snapshot>(
  convergence: Convergence<Snapshot>,
  clock: Clock,
  options: ConvergeOptions,
): Promise<Converged<Snapshot>> {
  const deadline = clock.now().getTime() + options.timeoutSeconds * 1000
  let questions = noQuestions
  let wrote = false
  let milestones: readonly Milestone[] = []
  for (;;) {
    let decision: Decision
    try {
      const snapshot = await convergence.observe(questions, wrote)
      decision = convergence.decide(snapshot)
      milestones = decision.milestones
      options.progress(milestones, decision.waiting)
      if (decision.stuck !== undefined) throw decision.stuck
      if (options.signal.aborted) throw interrupted(options)
      wrote = await convergence.act(decision, snapshot)
      if (decision.settled && !wrote) return {snapshot, decision}
    } catch (error) {
      if (!passes(error)) throw error
      if (options.signal.aborted) throw interrupted(options)
      options.progress(milestones, error.message)
      const left = deadline - clock.now().getTime()
      if (left <= 0) throw timedOut(options, error.message, error)
      wrote = true
      await clock.sleep(Math.min(apiAwayMilliseconds, left), options.signal).catch(() => undefined)
      continue
    }
    const left = deadline - clock.now().getTime()
    if (left <= 0) throw timedOut(options, decision.waiting)
    const changed = asks(decision.questions) && !sameQuestions(questions, decision.questions)
    questions = decision.questions
    const pause =
      wrote || changed
        ? leastPauseMilliseconds
        : asks(questions)
          ? askAgainMilliseconds
          : safetyNetMilliseconds
    await convergence.next(Math.min(pause, left), options.signal)
  }
}

const sameQuestions = (a: Questions, b: Questions): boolean => JSON.stringify(a) === JSON.stringify(b)
