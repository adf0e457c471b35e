import {withDefaults} from '../model/defaults.ts'
import type {CompleteCluster} from '../model/document.ts'
import {parseDocument} from '../model/parse.ts'
import {repoNumber} from '../pgbackrest/layout.ts'
import type {RecoveryFacts} from '../pgbackrest/lines.ts'
import {hasRepoHost, reposOf} from '../pgbackrest/repos.ts'
import type {Clock, DocumentRef, Kube, StoredDocument} from '../ports.ts'
import {noAnswers} from './answers.ts'
import {lookAtCluster} from './live.ts'
import {clusterSelector, look} from './look.ts'
import {recoveryFacts} from './recovery.ts'
import {leaderOf, type Observed, snapshot} from './snapshot.ts'

/** What a restore is planned from. */
export interface RestoreLook {
  document: CompleteCluster
  seen: Observed
  /** Undefined where no repository could be read. */
  facts: RecoveryFacts | undefined
}

/** One look at a cluster with everything asked that a restore from it depends on. */
export async function lookForRestore(
  {kube, clock}: {kube: Kube; clock: Clock},
  {namespace, name}: DocumentRef,
  stored: StoredDocument,
): Promise<RestoreLook> {
  const document = withDefaults(parseDocument(stored.document, `cluster ${namespace}/${name}`))
  const cluster = {namespace, cluster: name}
  const view = await lookAtCluster(kube, {namespace, labelSelector: clusterSelector(name)})
  const first = snapshot({...cluster, at: clock.now()}, view, noAnswers)
  const repos = reposOf(document)
  const running = first.instances.some(({pod}) => pod?.phase === 'Running')
  const askRepos = repos.length > 0 && (running || (hasRepoHost(document) && first.repoHost !== undefined))
  const seen = await look({kube, clock}, cluster, view, {
    sql: leaderOf(first) !== undefined,
    backups: askRepos,
    ...(askRepos ? {archives: repos.map(repo => repoNumber(repo.name))} : {}),
    disks: running,
    write: undefined,
  })
  return {document, seen, facts: recoveryFacts(seen)}
}
