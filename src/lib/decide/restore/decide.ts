import {noQuestions} from '../../observe/questions.ts'
import {asideDirectory} from '../../pgbackrest/restore-script.ts'
import type {ObjectRef} from '../../ports.ts'
import {dataDirectory} from '../../postgres/layout.ts'
import type {Action, Decision, Milestone} from '../decision.ts'
import {milestonesOf} from './milestones.ts'
import {sourceName} from './objects.ts'
import {behind, reinitialise} from './rejoin.ts'
import type {Phase, RestoreOperation} from './request.ts'
import {enter, finish, type RestoreInput, type Step} from './step.ts'
import {backup, comeBack, forget, restore, stop} from './work.ts'

const isDone = ({milestones}: Decision, id: string): boolean =>
  milestones.find(milestone => milestone.id === id)?.state === 'done'

/** An instance that cannot be rewound must not keep the new timeline without a backup. */
const patienceSeconds = 180

function impatient({seen, operation}: RestoreInput): boolean {
  const pod = seen.instances.find(({name}) => name === operation.request.startup)?.pod
  return pod !== undefined && seen.at.getTime() - Date.parse(pod.createdAt) > patienceSeconds * 1000
}

/** Steps while instances run: the engine's own work goes on beside them. */
function besides(input: RestoreInput, base: Decision): Step {
  const {seen, operation, postgresVersion} = input
  const leads = isDone(base, 'leader')
  switch (operation.phase) {
    case 'safeguard':
      return backup(input, 'incr', () => ({actions: [enter(operation, 'stop')]}))
    case 'start':
      if (!leads) return {actions: []}
      if (operation.kind === 'clone') return {actions: [finish(input)], prune: copies(input)}
      return {actions: [enter(operation, 'rejoin')]}
    case 'restart':
      return {actions: leads ? [finish(input)] : []}
    case 'rejoin': {
      const goesOn = leads && (isDone(base, 'replicas') || impatient(input))
      return {actions: [...reinitialise(input), ...(goesOn ? [enter(operation, 'backup')] : [])]}
    }
    default: {
      const step = backup(input, 'full', () => {
        const waitsFor = behind(input)
        if (waitsFor.length > 0) {
          return {actions: [], waiting: `${waitsFor.join(', ')} must take up the restored data`}
        }
        const pod = seen.instances.find(({name}) => name === operation.request.startup)?.pod?.name
        const directory = asideDirectory(dataDirectory(postgresVersion), operation.id)
        const discard: Action[] = pod === undefined ? [] : [{kind: 'discard-aside', pod, directory}]
        return {actions: [...discard, finish(input)]}
      })
      return {...step, actions: [...reinitialise(input), ...step.actions]}
    }
  }
}

/** What was copied from the source has served. */
const copies = ({seen: {cluster, namespace}}: RestoreInput): ObjectRef[] =>
  ['ConfigMap', 'Secret'].map(kind => ({apiVersion: 'v1', kind, name: sourceName(cluster), namespace}))

function copy({operation, copySource}: RestoreInput): Step {
  const {source} = operation.request
  const next = enter(operation, 'restore')
  const copied = source === undefined || source === 'bucket'
  return {actions: copied ? [next] : [copySource(source), next]}
}

function alone(input: RestoreInput): Step {
  switch (input.operation.phase) {
    case 'stop':
      return stop(input)
    case 'forget':
      return forget(input)
    case 'copy':
      return copy(input)
    case 'restore':
      return restore(input)
    default:
      return comeBack(input)
  }
}

const together = (phase: Phase): boolean =>
  ['safeguard', 'start', 'rejoin', 'backup', 'restart'].includes(phase)

/**
 * The engine's own steps come first: a leader that is not yet set up is not yet restored. But the others start
 * as soon as it leads: what is set up later reaches them from it. Files are refreshed when all is over: who
 * just started has read them.
 */
function inOrder(
  {kind, phase}: RestoreOperation,
  own: readonly Action[],
  steps: readonly Action[],
): readonly Action[] {
  if (kind === 'restore' && phase === 'start' && steps.length > 0) return steps
  return [...own.filter(action => action.kind !== 'refresh-pods'), ...steps]
}

/** Pure. The next step of a restore that is going on, from its recorded phase and what is seen. */
export function decideRestore(input: RestoreInput): Decision {
  const {operation, waves} = input
  if (together(operation.phase)) {
    const base = input.running()
    const step = besides(input, base)
    const before: Milestone[] = milestonesOf(operation, step.waiting)
    const waiting = step.waiting ?? base.waiting
    return {
      ...base,
      actions: inOrder(operation, base.actions, step.actions),
      milestones: [...before, ...base.milestones],
      prune: [...base.prune, ...(step.prune ?? [])],
      waiting,
      stuck: step.stuck ?? base.stuck,
      settled: false,
    }
  }
  const step = alone(input)
  return {
    pki: input.pki,
    waves,
    prune: [],
    actions: step.actions,
    milestones: milestonesOf(operation, step.waiting),
    waiting: step.waiting,
    questions: noQuestions,
    stuck: step.stuck,
    settled: false,
  }
}
