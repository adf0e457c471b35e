import {setTimeout as delay} from 'node:timers/promises'
import {equalJson, isObject, listOf, readPath} from '../../../src/lib/sandbox/apiserver/json.ts'
import type {Answer, Call, OpenWatch} from '../client.ts'
import {call, watch} from '../client.ts'
import {differences} from '../placeholders.ts'
import type {Scenario, Step} from '../recording.ts'
import type {Outcome} from '../run.ts'
import type {Machine} from './machine.ts'
import {asKept, withoutIdentities} from './summaries.ts'

const POLL_MS = 50

/** How to read the events of a watch. */
export interface Reading {
  pick: (event: unknown) => Record<string, unknown>
  /** False for events that show what the recorded cluster did not stop to show. */
  counts?: (event: unknown) => boolean
  /** A controller that is quicker than the recorded one notes two changes at once. */
  mayMerge?: boolean
}

/** One scenario whose pods really run. */
export class LifeRun {
  readonly outcomes: Outcome[] = []
  readonly #machine: Machine
  readonly #scenario: Scenario
  readonly #namespace: string

  constructor(machine: Machine, scenario: Scenario) {
    this.#machine = machine
    this.#scenario = scenario
    this.#namespace = `life-${scenario.scenario.replaceAll('_', '-')}`
  }

  async ask(method: string, path: string, body?: unknown, how: Call = {}): Promise<Answer> {
    const type = body === undefined ? undefined : 'application/json'
    const given = body === undefined ? {} : {body}
    return call(this.#machine.url, method, this.#in(path), {type, ...this.#machine.as, ...given, ...how})
  }

  /** As `ask`, for what must succeed. */
  async must(method: string, path: string, body?: unknown, how: Call = {}): Promise<unknown> {
    const answer = await this.ask(method, path, body, how)
    if (answer.status < 300) return answer.body
    throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
  }

  patch(path: string, body: unknown): Promise<unknown> {
    return this.must('PATCH', path, body, {type: 'application/merge-patch+json'})
  }

  async namespace(): Promise<void> {
    await this.must('POST', '/api/v1/namespaces', {metadata: {name: this.#namespace}})
    await this.until(
      async () => (await this.ask('GET', '/api/v1/namespaces/<ns>/serviceaccounts/default')).status === 200,
    )
  }

  watch(index: number): Promise<OpenWatch> {
    const path = this.#step(index).path.replace(/&resourceVersion=<rv>/, '')
    return watch(this.#machine.url, this.#in(path), this.#machine.as)
  }

  async until(claim: () => Promise<boolean> | boolean, seconds = 60): Promise<void> {
    const end = Date.now() + seconds * 1000
    while (!(await claim()) && Date.now() < end) await delay(POLL_MS)
  }

  /** Asks what a step asked until the answer is the recorded one, or the time is over. */
  async get(index: number, pick: (body: unknown) => unknown, seconds = 60): Promise<void> {
    const step = this.#step(index)
    let found: string[] = []
    await this.until(async () => {
      const answer = await this.ask(step.method, step.path)
      found = this.#compare(step, {status: answer.status, body: pick(answer.body)})
      return found.length === 0
    }, seconds)
    this.#note(index, found)
  }

  /** The distinct states that a watch showed, in order, up to the last recorded one. */
  async states(index: number, open: OpenWatch, {pick, counts, mayMerge}: Reading): Promise<void> {
    const step = this.#step(index)
    const recorded = distinct(listOf(step.response))
    const found = (): string[] => {
      const seen = distinct(open.lines.filter(counts ?? (() => true)).map(pick))
      const response = mayMerge === true ? this.#shown(recorded, seen) : recorded
      const body = seen.slice(0, response.length)
      return this.#compare({...step, response}, {status: open.status, body})
    }
    await this.until(() => found().length === 0, 90)
    open.close()
    this.#note(index, found())
  }

  /** The recorded states without those that merged into the next; the first and the last must be there. */
  #shown(recorded: readonly unknown[], seen: readonly unknown[]): unknown[] {
    let next = 0
    return recorded.filter((state, index) => {
      const matches = this.#compareValues(state, seen[next]).length === 0
      if (matches) next++
      return matches || index === 0 || index === recorded.length - 1
    })
  }

  #compare(step: Step, {status, body}: Answer): string[] {
    if (status !== step.status) return [`status: ${step.status} recorded, got ${status}`]
    return this.#compareValues(step.response, body)
  }

  #compareValues(response: unknown, body: unknown): string[] {
    const recorded = withoutIdentities(this.#inValue(response))
    const actual = withoutIdentities(asKept(response, body))
    if (!Array.isArray(recorded) || !Array.isArray(actual)) return differences(recorded, actual)
    const longer = recorded.length > actual.length ? recorded : actual
    return longer.flatMap((_, index) => differences(recorded[index], actual[index], `[${index}]`))
  }

  #note(index: number, found: string[]): void {
    this.outcomes.push({
      key: `${this.#scenario.scenario}#${index}`,
      step: this.#step(index),
      differences: found,
    })
  }

  #step(index: number): Step {
    const step = this.#scenario.steps[index]
    if (step === undefined) throw new Error(`${this.#scenario.scenario} has no step ${index}`)
    return step
  }

  #in(path: string): string {
    return path.replaceAll('<ns>', this.#namespace)
  }

  #inValue(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value).replaceAll('<ns>', this.#namespace))
  }
}

/** Events without those that repeat what was last shown of their object, identities apart. */
function distinct(events: readonly unknown[]): unknown[] {
  const last = new Map<string, unknown>()
  return events.filter(event => {
    const name = String(readPath(event, 'name'))
    const {type: _, ...rest} = isObject(event) ? event : {}
    const state = withoutTimes(withoutIdentities({...rest, deleted: readPath(event, 'type') === 'DELETED'}))
    const repeats = equalJson(last.get(name), state)
    last.set(name, state)
    return !repeats
  })
}

const withoutTimes = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"<time>"'))
