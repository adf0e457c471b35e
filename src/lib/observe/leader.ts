import {refusedError} from '../errors.ts'
import {clusterNames} from '../model/names.ts'
import {leadership, parseLeader} from '../patroni/leader.ts'
import type {Clock, DocumentRef, Kube} from '../ports.ts'

/** The pod that leads now, by the lease that Patroni renews; a label may be that of a hung leader. */
export async function leaderPod(
  {kube, clock}: {kube: Kube; clock: Clock},
  ref: DocumentRef,
): Promise<string> {
  const {namespace, name} = ref
  const endpoints = await kube.get({
    apiVersion: 'v1',
    kind: 'Endpoints',
    namespace,
    name: clusterNames(name).ha,
  })
  const found = leadership(parseLeader(endpoints), clock.now())
  if (found.state === 'held') return found.leader
  throw refusedError('NO_LEADER', `no instance of ${name} leads now`, {
    object: `cluster ${namespace}/${name}`,
    reason:
      found.state === 'expired'
        ? `${found.leader} has not renewed its lease`
        : 'nobody holds the leader’s lease',
    hints: [
      `See why: pgk status ${name} -n ${namespace}`,
      'Connect to one instance all the same: --instance NAME',
    ],
  })
}
