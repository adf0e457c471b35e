import {setTimeout as delay} from 'node:timers/promises'
import {isObject, listOf, objectOf, readPath, textOf} from '../../src/lib/sandbox/apiserver/json.ts'
import type {Answer} from './client.ts'
import {call, watch} from './client.ts'
import {picked} from './picks.ts'
import type {Known} from './placeholders.ts'
import {differences, fill} from './placeholders.ts'
import type {Scenario, Step} from './recording.ts'
import type {Administrator} from './setup.ts'
import {MEANWHILE, PREPARATIONS, WATCH_FROM} from './setup.ts'

export interface Outcome {
  /** `scenario#index` */
  key: string
  step: Step
  differences: string[]
}

const POLL_MS = 25
const POLL_LIMIT_MS = 3000
const WATCH_LIMIT_MS = 2000

/** One scenario in a fresh namespace, against a server. */
export class Replay {
  readonly #url: string
  readonly #admin: string
  readonly #scenario: Scenario
  readonly #namespace: string
  readonly #known: Known
  /** Identity and version of each object that an answer showed, by name. */
  readonly #objects = new Map<string, {uid: string; version: string}>()
  #beginning = '0'
  /** Of the newest answer to a token request. */
  #token = ''

  constructor(url: string, admin: string, scenario: Scenario) {
    this.#url = url
    this.#admin = admin
    this.#scenario = scenario
    this.#namespace = `rec-${scenario.scenario.replaceAll('_', '-')}`
    const uid = '00000000-0000-4000-8000-000000000000'
    this.#known = {namespace: this.#namespace, uid, version: '1', continue: ''}
  }

  async run(): Promise<Outcome[]> {
    await this.#makeNamespace()
    const outcomes: Outcome[] = []
    for (const [index, step] of this.#scenario.steps.entries()) {
      const key = `${this.#scenario.scenario}#${index}`
      await PREPARATIONS[key]?.(this.#call, this.#namespace)
      const found = step.method === 'WATCH' ? await this.#watch(key, step) : await this.#request(key, step)
      outcomes.push({key, step, differences: found})
    }
    return outcomes
  }

  readonly #call: Administrator = (method, path, how) =>
    call(this.#url, method, path, {token: this.#admin, ...how})

  async #makeNamespace(): Promise<void> {
    this.#beginning = await this.#versionNow()
    await this.#call('POST', '/api/v1/namespaces', {body: {metadata: {name: this.#namespace}}})
    const path = `/api/v1/namespaces/${this.#namespace}/configmaps/kube-root-ca.crt`
    await this.#until(
      () => this.#call('GET', path),
      answer => answer.status === 200,
    )
  }

  async #versionNow(): Promise<string> {
    const {body} = await this.#call('GET', '/api/v1/namespaces?limit=1')
    return textOf(readPath(body, 'metadata.resourceVersion')) ?? '0'
  }

  async #request(key: string, step: Step): Promise<string[]> {
    const send = () => this.#send(key, step)
    const right = (answer: Answer): boolean => this.#compare(key, step, answer).length === 0
    const answer = step.poll === undefined ? await send() : await this.#until(send, right)
    this.#learn(answer.body)
    return this.#compare(key, step, answer)
  }

  #send(key: string, step: Step): Promise<Answer> {
    const name = textOf(readPath(step.body, 'metadata.name')) ?? ''
    const object = {...this.#known, ...this.#objects.get(name)}
    // A conflict was recorded with a version of before the last write.
    const known = step.status === 409 ? {...object, version: '1'} : object
    const garbled = key === 'lists#16' ? {...known, continue: 'gWdhcmJhZ2U'} : known
    const body = typeof step.body === 'string' ? step.body : fill(step.body, known)
    return call(this.#url, step.method, fill(step.path, garbled), {
      type: step.type ?? (step.body === undefined ? undefined : 'application/json'),
      accept: step.accept ?? 'application/json',
      token: this.#tokenFor(step.as),
      ...(body === undefined ? {} : {body}),
    })
  }

  #tokenFor(who: string | undefined): string {
    if (who === undefined) return this.#admin
    return who.startsWith('serviceaccount:') ? this.#token : 'bad'
  }

  /** Remembers what later requests of the scenario refer to. */
  #learn(body: unknown): void {
    const metadata = objectOf(readPath(body, 'metadata'))
    const name = textOf(metadata['name'])
    const version = textOf(metadata['resourceVersion'])
    if (name !== undefined)
      this.#objects.set(name, {uid: textOf(metadata['uid']) ?? '', version: version ?? ''})
    this.#known.continue = textOf(metadata['continue']) ?? this.#known.continue
    this.#token = textOf(readPath(body, 'status.token')) ?? this.#token
  }

  #compare(key: string, step: Step, answer: Answer): string[] {
    if (answer.status !== step.status) {
      return [
        `status: ${step.status} recorded, got ${answer.status}: ${JSON.stringify(answer.body).slice(0, 300)}`,
      ]
    }
    const actual = picked(key, step.response, answer.body)
    const recorded = inNamespace(step.response, this.#namespace)
    return differences(comparable(recorded), comparable(actual))
  }

  async #watch(key: string, step: Step): Promise<string[]> {
    const from = WATCH_FROM[key]
    const version =
      from === 'beginning' ? this.#beginning : from === 'present' ? '0' : await this.#versionNow()
    const open = await watch(this.#url, fill(step.path, {...this.#known, version}), {token: this.#admin})
    await MEANWHILE[key]?.(this.#call, this.#namespace)
    const wanted = listOf(step.response).length
    const end = Date.now() + WATCH_LIMIT_MS
    while (open.lines.length < wanted && Date.now() < end) await delay(POLL_MS)
    open.close()
    return this.#compare(key, step, {status: open.status, body: open.lines})
  }

  async #until(send: () => Promise<Answer>, right: (answer: Answer) => boolean): Promise<Answer> {
    const end = Date.now() + POLL_LIMIT_MS
    for (;;) {
      const answer = await send()
      if (right(answer) || Date.now() > end) return answer
      await delay(POLL_MS)
    }
  }
}

/** In what was recorded only the namespace is known; the rest is matched. */
function inNamespace(value: unknown, namespace: string): unknown {
  if (typeof value === 'string') return value.replaceAll('<ns>', namespace)
  if (Array.isArray(value)) return value.map(entry => inNamespace(entry, namespace))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, inNamespace(entry, namespace)]))
}

/** What a controller notes about its own progress; when it does so is a race in any cluster. */
const PROGRESS = [
  'observedGeneration',
  'currentRevision',
  'updateRevision',
  'collisionCount',
  'currentReplicas',
]

/** An answer without what depends on when it was given: controllers' progress, the order of managers. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable)
  if (!isObject(value)) return value
  const result: Record<string, unknown> = {}
  for (const [key, entry] of Object.entries(value)) {
    if (key === 'managedFields' && Array.isArray(entry)) {
      const others = entry.filter(it => readPath(it, 'subresource') !== 'status' || !isController(it))
      if (others.length > 0) result[key] = others.toSorted(order)
    } else {
      result[key] = comparable(entry)
    }
  }
  if (value['kind'] === 'StatefulSet' && isObject(value['status'])) {
    const status = Object.entries(value['status']).filter(([key]) => !PROGRESS.includes(key))
    result['status'] = Object.fromEntries(status)
  }
  return result
}

const isController = (entry: unknown): boolean => readPath(entry, 'manager') === 'kube-controller-manager'
const order = (left: unknown, right: unknown): number => (identity(left) < identity(right) ? -1 : 1)
const identity = (entry: unknown): string =>
  ['operation', 'manager', 'subresource'].map(key => String(readPath(entry, key))).join(' ')
