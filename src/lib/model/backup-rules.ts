import type {ClusterSpec, Repo} from './document.ts'
import {at, type Problem} from './problem.ts'

/** What the schema cannot say about backups. */

const STORES = ['volume', 's3', 'gcs', 'azure'] as const
/** Kubernetes cuts no CronJob name short: it refuses one of more than 52 characters. */
const MAX_CRON_JOB_NAME = 52

/** `path` is the repository's own. */
export function repoProblems(repo: Repo, path: string): Problem[] {
  const stores = STORES.filter(store => repo[store] !== undefined)
  if (stores.length === 1) return []
  const message = stores.length === 0 ? 'names no store' : `names ${stores.join(' and ')}`
  return [{path, message: `${message}; a repository is exactly one of ${STORES.join(', ')}`}]
}

/** Keys and passphrases, which would stand in a ConfigMap, in exports and in diffs for everyone to read. */
const SECRET_OPTION = /-(cipher-pass|s3-key|s3-key-secret|s3-token|azure-key|private-key-passphrase)$/

/** `place` and `home` are the paths of the options, and of where their secrets belong. */
export function optionProblems(global: Record<string, string>, place: string, home: string): Problem[] {
  return Object.entries(global).flatMap(([key, value]) => {
    const path = at(place, key)
    if (!/^[a-z][a-z0-9-]*$/.test(key)) return [{path, message: 'is no name of a pgBackRest option'}]
    if (SECRET_OPTION.test(key)) {
      const hint = `Put it into a Secret and name that in ${home}.`
      return [{path, message: 'is a secret and does not belong into a document', hint}]
    }
    return /[\r\n]/.test(value) ? [{path, message: 'must be one line'}] : []
  })
}

function referenceProblems(name: string | undefined, repos: readonly Repo[], path: string): Problem[] {
  if (name === undefined || repos.some(repo => repo.name === name)) return []
  const known = repos.map(repo => repo.name).join(', ')
  return [{path: at(path, 'repoName'), message: `is ${name}, but the repositories are ${known}`}]
}

export function backupProblems(spec: ClusterSpec, cluster: string): Problem[] {
  const pgbackrest = spec.backups?.pgbackrest
  if (pgbackrest === undefined) return []
  const path = 'spec.backups.pgbackrest'
  const {repos} = pgbackrest
  const longest = MAX_CRON_JOB_NAME - '-repo1-full'.length
  const scheduled = repos.some(repo => Object.keys(repo.schedules ?? {}).length > 0)
  const tooLong: Problem[] =
    scheduled && cluster.length > longest
      ? [
          {
            path: 'metadata.name',
            message: `must have at most ${longest} characters for schedules, has ${cluster.length}`,
          },
        ]
      : []
  const restoring = pgbackrest.restore?.enabled === true && pgbackrest.restore.clusterName === undefined
  return [
    ...tooLong,
    ...repos.flatMap((repo, index) => repoProblems(repo, `${path}.repos[${index}]`)),
    ...optionProblems(pgbackrest.global ?? {}, `${path}.global`, `${path}.configuration`),
    ...referenceProblems(pgbackrest.manual?.repoName, repos, `${path}.manual`),
    ...referenceProblems(restoring ? pgbackrest.restore?.repoName : undefined, repos, `${path}.restore`),
  ]
}
