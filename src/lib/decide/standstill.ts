import {forbiddenError} from '../errors.ts'
import {noQuestions} from '../observe/questions.ts'
import type {Observed} from '../observe/snapshot.ts'
import type {PgkReason} from '../ports.ts'
import type {Decision, Milestone} from './decision.ts'
import type {Topology} from './topology.ts'

/** Nothing to write, nothing to do, nothing to ask: what a decision adds to. */
export const still: Decision = {
  pki: undefined,
  waves: [],
  prune: [],
  actions: [],
  milestones: [],
  waiting: undefined,
  questions: noQuestions,
  stuck: undefined,
  settled: false,
}

/**
 * A kind that cannot be read looks like a kind without objects. Acting on that would make new certificates
 * and instances beside the ones that are there.
 */
export function decideBlind(unreadable: readonly PgkReason[]): Decision {
  const denied = unreadable.find(({code}) => code === 'PGK_FORBIDDEN')
  const reason = [...new Set(unreadable.map(({reason}) => reason))].join('; ')
  return {
    ...still,
    waiting: `the API does not show everything: ${reason}`,
    stuck:
      denied &&
      forbiddenError('FORBIDDEN', denied.reason, {object: denied.source.replace('kubernetes/', '')}),
  }
}

/** Whoever paused the cluster works on it by hand: nothing of it is touched, and that is all there is to do. */
export function decidePaused(): Decision {
  const detail = 'spec.paused is true: nothing is touched'
  return {...still, milestones: [{id: 'paused', title: 'Paused', state: 'done', detail}], settled: true}
}

/** The cluster is to stand still: nothing but its objects, scaled to nothing. */
export function decideStopped(seen: Observed, topology: Topology, waves: Decision['waves']): Decision {
  const left = seen.instances.filter(({pod}) => pod !== undefined).map(({name}) => name)
  const detail = left.length === 0 ? undefined : `${left.join(', ')} still run`
  const stopped: Milestone = {
    id: 'stopped',
    title: 'Instances stopped',
    state: left.length === 0 ? 'done' : 'active',
    ...(detail === undefined ? {} : {detail}),
  }
  return {
    ...still,
    waves,
    prune: topology.prune,
    actions: topology.actions,
    milestones: [stopped],
    waiting: topology.waiting ?? detail,
    settled: left.length === 0 && topology.actions.length === 0,
  }
}
