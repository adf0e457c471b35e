import type {Action, Decision} from '../decide/decision.ts'
import {PgkError} from '../errors.ts'
import type {Kube, KubeObject, ObjectRef} from '../ports.ts'
import {runAction} from './actions.ts'

export interface ActPorts {
  kube: Kube
  namespace: string
  cluster: string
  /** Merges into the document's status. */
  saveStatus(patch: Readonly<Record<string, unknown>>): Promise<void>
  /** One line for `-v`: what is being done. */
  log(line: string): void
  /** False while the cluster may be another's: asked before each write, since a round can be long. */
  mayAct?(): boolean
}

const mayAct = (ports: ActPorts): boolean => ports.mayAct?.() !== false

const keyOf = (ref: ObjectRef): string => `${ref.apiVersion}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`

export const refOf = (object: KubeObject): ObjectRef => ({
  apiVersion: object.apiVersion,
  kind: object.kind,
  name: object.metadata.name ?? '',
  ...(object.metadata.namespace === undefined ? {} : {namespace: object.metadata.namespace}),
})

/** `StatefulSet/hippo-pg-1`, for messages. */
export const nameOf = (object: ObjectRef): string => `${object.kind}/${object.name}`

/**
 * Applies what changed since it was last applied by this process, and remembers it: the first round
 * writes everything (so that what someone else changed is put right), later rounds only differences.
 */
export class Applier {
  readonly #ports: ActPorts
  readonly #applied = new Map<string, string>()

  constructor(ports: ActPorts) {
    this.#ports = ports
  }

  async apply(waves: Decision['waves']): Promise<boolean> {
    let wrote = false
    for (const wave of waves) {
      const due = wave.filter(object => this.#applied.get(keyOf(refOf(object))) !== JSON.stringify(object))
      if (due.length > 0 && !mayAct(this.#ports)) return wrote
      await Promise.all(due.map(object => this.#applyOne(object)))
      wrote ||= due.length > 0
    }
    return wrote
  }

  async #applyOne(object: KubeObject): Promise<void> {
    await this.#ports.kube.apply(object, {force: true})
    this.#applied.set(keyOf(refOf(object)), JSON.stringify(object))
    this.#ports.log(`applied ${nameOf(refOf(object))}`)
  }

  async prune(refs: readonly ObjectRef[]): Promise<boolean> {
    if (!mayAct(this.#ports)) return false
    const gone = await Promise.all(refs.map(ref => this.#ports.kube.delete(ref, {propagation: 'Background'})))
    for (const ref of refs) this.#applied.delete(keyOf(ref))
    return gone.includes(true)
  }
}

/** An effect that found the world changed is not a failure: the next snapshot decides again. */
const overtaken = new Set([
  'PGK_CONFLICT',
  'PGK_NOT_FOUND',
  'PGK_EXEC_UNAVAILABLE',
  'PGK_EXEC_LOST',
  'PGK_ALREADY_EXISTS',
])

/**
 * Carries out the actions in order, up to the first that does not succeed: what follows may build on it.
 * Remembers how often each failed in a row: a short series is part of life (a pod restarts under an exec), a
 * long one is the error the reader must see.
 */
export class Actor {
  readonly #ports: ActPorts
  readonly #failures = new Map<string, number>()

  constructor(ports: ActPorts) {
    this.#ports = ports
  }

  async run(actions: readonly Action[]): Promise<boolean> {
    let acted = false
    for (const action of actions) {
      if (!mayAct(this.#ports)) break
      acted = true
      if (!(await this.#attempt(action))) break
    }
    return acted
  }

  async #attempt(action: Action): Promise<boolean> {
    const key = JSON.stringify([action.kind, 'pod' in action ? action.pod : ''])
    try {
      this.#ports.log(`action ${action.kind}${'pod' in action ? ` in ${action.pod}` : ''}`)
      await runAction(action, this.#ports)
      this.#failures.delete(key)
      return true
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1
      this.#failures.set(key, failures)
      if (error instanceof PgkError && overtaken.has(error.code)) return false
      if (!retryable(error) || failures >= 8) throw error
      this.#ports.log(`action ${action.kind} failed (${failures}): ${String(error)}`)
      return false
    }
  }
}

/** A command that was refused or did not end in time may fare better in the next state. */
const retryable = (error: unknown): boolean =>
  error instanceof PgkError && ['PGK_ACTION_FAILED', 'PGK_EXEC_TIMEOUT'].includes(error.code)
