import {failedError, refusedError} from '../errors.ts'
import {withDefaults} from '../model/defaults.ts'
import type {CompleteCluster} from '../model/document.ts'
import {readStored} from '../model/stored.ts'
import type {StanzaInfo} from '../pgbackrest/info.ts'
import {repoNumber} from '../pgbackrest/layout.ts'
import type {RecoveryFacts} from '../pgbackrest/lines.ts'
import {reposOf} from '../pgbackrest/repos.ts'
import type {Clock, Kube, StoredDocument} from '../ports.ts'
import {noAnswers} from './answers.ts'
import {lookAtCluster} from './live.ts'
import {clusterSelector, look} from './look.ts'
import {recoveryFacts} from './recovery.ts'
import {leaderOf, type Observed, snapshot} from './snapshot.ts'

export interface BackupLook {
  document: CompleteCluster
  seen: Observed
  info: StanzaInfo
  facts: RecoveryFacts
}

/**
 * One look at a cluster's backups. With `archives` the archives are listed too, which shows gaps. Throws where
 * there are none to ask, or nobody to be asked.
 */
export async function lookAtBackups(
  {kube, clock}: {kube: Kube; clock: Clock},
  stored: StoredDocument,
  options: {archives: boolean},
): Promise<BackupLook> {
  const {name = '', namespace = ''} = stored.document.metadata
  const object = `cluster ${namespace}/${name}`
  const document = withDefaults(readStored(stored.document, object))
  const repos = reposOf(document)
  if (repos.length === 0) {
    throw refusedError('NO_BACKUPS', `cluster ${name} has no backups`, {
      object,
      reason: 'its document names no repository',
      hints: ['Add one under spec.backups.pgbackrest.repos, then pgk apply -f.'],
    })
  }
  const id = {namespace, cluster: name}
  const view = await lookAtCluster(kube, {namespace, labelSelector: clusterSelector(name)})
  const first = snapshot({...id, at: clock.now()}, view, noAnswers)
  const seen = await look({kube, clock}, id, view, {
    sql: leaderOf(first) !== undefined,
    backups: true,
    ...(options.archives ? {archives: repos.map(repo => repoNumber(repo.name))} : {}),
    disks: false,
    write: undefined,
  })
  const {backups} = seen.answers
  const facts = recoveryFacts(seen)
  if (backups?.known !== true || facts === undefined) {
    const said = backups?.known ? backups.value.message : backups?.reason
    throw failedError('REPOSITORY_UNREADABLE', 'the repositories cannot be read', {
      object,
      ...(said === undefined ? {} : {reason: said}),
      hints: [`See what is up: pgk status ${name} -n ${namespace}`],
    })
  }
  return {document, seen, info: backups.value, facts}
}
