import {notFoundError, PgkError} from '../errors.ts'
import {clusterWords} from '../model/command-line.ts'
import {withDefaults} from '../model/defaults.ts'
import {readStored} from '../model/stored.ts'
import {repoNumber} from '../pgbackrest/layout.ts'
import {hasRepoHost, reposOf} from '../pgbackrest/repos.ts'
import type {Clock, DocumentRef, Kube, Store} from '../ports.ts'
import {noAnswers} from './answers.ts'
import {lookAtCluster, stateKinds} from './live.ts'
import {clusterSelector, look} from './look.ts'
import {operationOf} from './overview.ts'
import type {Questions} from './questions.ts'
import {recoveryFacts} from './recovery.ts'
import {type ClusterStatus, type Reported, report} from './report.ts'
import {leaderOf, snapshot} from './snapshot.ts'

export interface StatusPorts {
  kube: Kube
  store: Store
  clock: Clock
}

const zoneLabel = 'topology.kubernetes.io/zone'

/** Zones by node; empty where nodes may not be read, which is common with rights in one namespace only. */
async function zones(kube: Kube): Promise<Map<string, string>> {
  try {
    const nodes = await kube.list({apiVersion: 'v1', kind: 'Node'})
    return new Map(nodes.map(({metadata}) => [metadata.name ?? '', metadata.labels?.[zoneLabel] ?? '']))
  } catch (error) {
    if (error instanceof PgkError) return new Map()
    throw error
  }
}

/** One look at a cluster with every question asked: what `pgk status` shows. */
export async function clusterStatus(ports: StatusPorts, ref: DocumentRef): Promise<ClusterStatus> {
  const {kube, store, clock} = ports
  const name = {namespace: ref.namespace, cluster: ref.name}
  const [stored, view, zoneOf] = await Promise.all([
    store.get(ref),
    lookAtCluster(kube, {namespace: ref.namespace, labelSelector: clusterSelector(ref.name)}, stateKinds),
    zones(kube),
  ])
  if (stored === undefined) {
    throw notFoundError(
      'CLUSTER_NOT_FOUND',
      `there is no cluster ${ref.name} in namespace ${ref.namespace}`,
      {
        hints: [
          `List what is there: pgk list -n ${ref.namespace}`,
          `Make it: pgk create cluster ${clusterWords(ref)}`,
        ],
      },
    )
  }
  const source = `cluster ${ref.namespace}/${ref.name}`
  const document = withDefaults(readStored(stored.document, source))
  const {spec, status} = document
  const first = snapshot({...name, at: clock.now()}, view, noAnswers)
  const running = first.instances.some(({pod}) => pod?.phase === 'Running')
  const wantsBackups = reposOf(document).length > 0
  const askRepos = wantsBackups && (running || (hasRepoHost(document) && first.repoHost !== undefined))
  const questions: Questions = {
    sql: leaderOf(first) !== undefined,
    backups: askRepos,
    ...(askRepos ? {archives: reposOf(document).map(repo => repoNumber(repo.name))} : {}),
    disks: running,
    write: undefined,
  }
  const seen = await look({kube, clock}, name, view, questions)
  const wanted: Reported = {
    postgresVersion: spec.postgresVersion,
    port: spec.port,
    paused: spec.paused,
    shutdown: spec.shutdown,
    wantedInstances: spec.instances.reduce((sum, set) => sum + set.replicas, 0),
    wantsBackups,
    operation: operationOf(stored.document),
    lastProvenRestore: status?.drill?.lastPassedAt,
  }
  return report(seen, wanted, recoveryFacts(seen), zoneOf)
}
