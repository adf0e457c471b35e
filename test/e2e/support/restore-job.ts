import {list, text} from '../../../src/lib/observe/fields.ts'
import type {TestCluster} from './cluster.ts'
import {json, kubectl} from './commands.ts'
import {fault} from './faults.ts'

const selector = 'postgres-operator.crunchydata.com/pgbackrest-restore'

export interface JobPod {
  name: string
  node: string
  phase: string
  /** What its script wrote so far. */
  log: string
}

/** The newest pod of a restore's Job that has not ended. */
export async function restorePod({namespace}: TestCluster): Promise<JobPod | undefined> {
  const found = await json(kubectl(['get', 'pods', '-n', namespace, '-l', selector, '-o', 'json']))
  const pod = list(found, 'items').find(
    each =>
      ['Pending', 'Running'].includes(text(each, 'status', 'phase') ?? '') &&
      text(each, 'metadata', 'deletionTimestamp') === undefined,
  )
  const name = text(pod, 'metadata', 'name')
  if (name === undefined) return undefined
  const {stdout} = await kubectl(['logs', name, '-n', namespace])
  const [node, phase] = [text(pod, 'spec', 'nodeName') ?? '', text(pod, 'status', 'phase') ?? '']
  return {name, node, phase, log: stdout}
}

/** Ways in which a pod of a Job comes to its end before its time. */
export const endings = {
  'deleted at once': ({namespace}: TestCluster, {name}: JobPod) =>
    kubectl(['delete', 'pod', name, '-n', namespace, '--grace-period=0', '--force']),
  killed: ({namespace}: TestCluster, {name}: JobPod) => fault(['kill', name, '-n', namespace]),
} as const
