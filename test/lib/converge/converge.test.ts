import {describe, expect, it} from 'vitest'
import {type Convergence, type ConvergeOptions, converge} from '../../../src/lib/converge/converge.ts'
import type {Decision} from '../../../src/lib/decide/decision.ts'
import {failedError, PgkError} from '../../../src/lib/errors.ts'
import {noQuestions, type Questions} from '../../../src/lib/observe/questions.ts'

const decision = (change: Partial<Decision> = {}): Decision => ({
  pki: undefined,
  waves: [],
  prune: [],
  actions: [],
  milestones: [],
  waiting: undefined,
  questions: noQuestions,
  stuck: undefined,
  settled: false,
  ...change,
})

/** A world whose snapshots are numbers, and whose time passes only while the loop waits. */
function world(decisions: (look: number) => Decision, acts: (look: number) => boolean = () => false) {
  let now = 0
  let looks = 0
  const seen: {questions: Questions; refresh: boolean}[] = []
  const waits: number[] = []
  const convergence: Convergence<number> = {
    observe: async (questions, refresh) => {
      seen.push({questions, refresh})
      looks += 1
      return looks
    },
    decide: look => decisions(look),
    act: async (_, look) => acts(look),
    next: async milliseconds => {
      waits.push(milliseconds)
      now += milliseconds
    },
  }
  const clock = {now: () => new Date(now), sleep: async () => {}}
  return {convergence, clock, seen, waits, looks: () => looks}
}

const options = (change: Partial<ConvergeOptions> = {}): ConvergeOptions => ({
  object: 'cluster hippo',
  goal: 'running',
  timeoutSeconds: 60,
  signal: new AbortController().signal,
  resume: 'pgk create cluster hippo',
  progress: () => {},
  ...change,
})

const failure = async (promise: Promise<unknown>): Promise<PgkError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof PgkError) return error
  throw new Error(`expected a PgkError, got ${String(error)}`)
}

describe('converge', () => {
  it('ends only on a snapshot taken after the last write', async () => {
    const {convergence, clock, looks} = world(
      () => decision({settled: true}),
      look => look === 1,
    )
    await converge(convergence, clock, options())
    expect(looks()).toBe(2)
  })

  it('looks at what it wrote before it decides again', async () => {
    const {convergence, clock, seen} = world(
      look => decision({settled: look === 3}),
      look => look === 1,
    )
    await converge(convergence, clock, options())
    expect(seen.map(({refresh}) => refresh)).toEqual([false, true, false])
  })

  it('asks what the decision before wanted to know', async () => {
    const wanted = {...noQuestions, sql: true}
    const {convergence, clock, seen} = world(look => decision({questions: wanted, settled: look === 2}))
    await converge(convergence, clock, options())
    expect(seen.map(({questions}) => questions.sql)).toEqual([false, true])
  })

  it('says what it waited for when the time is up, and how to go on; the outcome is unknown', async () => {
    const {convergence, clock} = world(() => decision({waiting: 'replicas streaming: 1 of 2'}))
    const error = await failure(converge(convergence, clock, options()))
    expect(error.exitCode).toBe(7)
    expect(error.reason).toBe('replicas streaming: 1 of 2')
    expect(error.hints.join(' ')).toContain('pgk create cluster hippo')
  })

  it('never sleeps past its deadline', async () => {
    const {convergence, clock, waits} = world(() => decision())
    await failure(converge(convergence, clock, options({timeoutSeconds: 7})))
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBe(7000)
  })

  it('fails at once on what cannot recover, before it acts', async () => {
    const acted: number[] = []
    const {convergence, clock} = world(
      () => decision({stuck: failedError('IMAGE', 'the image cannot be pulled')}),
      look => acted.push(look) > 0,
    )
    expect((await failure(converge(convergence, clock, options()))).code).toBe('PGK_IMAGE')
    expect(acted).toEqual([])
  })

  it('goes on when the API comes back, and looks at everything again', async () => {
    const {convergence, clock, seen} = world(look => decision({settled: look === 3}))
    const act = async (_: Decision, look: number): Promise<boolean> => {
      if (look === 1) throw failedError('API_UNREACHABLE', 'the Kubernetes API cannot be reached')
      return false
    }
    const shown: (string | undefined)[] = []
    const progress = (_: unknown, waiting: string | undefined): void => void shown.push(waiting)
    await converge({...convergence, act}, clock, options({progress}))
    expect(seen[1]?.refresh).toBe(true)
    expect(shown).toContain('the Kubernetes API cannot be reached')
  })

  it('ends by its deadline while the API stays away, and not as a failure of what it did', async () => {
    const {convergence} = world(() => decision())
    let now = 0
    const clock = {
      now: () => new Date(now),
      sleep: async (milliseconds: number) => {
        now += milliseconds
      },
    }
    const observe = () => Promise.reject(failedError('API_UNREACHABLE', 'the API cannot be reached'))
    const error = await failure(converge({...convergence, observe}, clock, options()))
    expect(error).toMatchObject({exitCode: 7, reason: 'the API cannot be reached'})
  })

  it('does not wait for what the API itself refuses', async () => {
    const {convergence, clock} = world(() => decision())
    const act = () => Promise.reject(failedError('API_ERROR', 'no', {reason: '500 InternalError webhook'}))
    expect((await failure(converge({...convergence, act}, clock, options()))).exitCode).toBe(1)
  })

  it('stops watching on Ctrl-C, and says how to resume', async () => {
    const {convergence, clock} = world(() => decision())
    const error = await failure(converge(convergence, clock, options({signal: AbortSignal.abort()})))
    expect(error.exitCode).toBe(130)
    expect(error.hints.join(' ')).toContain('pgk create cluster hippo')
  })

  it('sleeps long where a watch would wake it, and shortly where only asking shows a change', async () => {
    const asking = {...noQuestions, backups: true}
    const {convergence, clock, waits} = world(look =>
      decision({questions: look < 3 ? noQuestions : asking, settled: look === 6}),
    )
    await converge(convergence, clock, options())
    expect(waits.slice(0, 2)).toEqual([5000, 5000])
    expect(Math.max(...waits.slice(2))).toBeLessThan(1000)
  })
})
