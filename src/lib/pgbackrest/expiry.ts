import type {CompleteCluster} from '../model/document.ts'
import {fullBackupsKept} from './config.ts'

/** What an expiry of one repository removes. */
export interface Expiry {
  repo: string
  /** Labels, oldest first. */
  backups: readonly string[]
  /** Ranges of WAL files, both included. */
  archive: readonly {id: string; start: string; stop: string}[]
}

/** Reads what `pgbackrest expire`, with or without `--dry-run`, says it removes. */
export function parseExpiry(text: string, repo: string): Expiry {
  const backups: string[] = []
  const archive: {id: string; start: string; stop: string}[] = []
  for (const line of text.split('\n')) {
    const label = /remove expired backup (\S+)/.exec(line)?.[1]
    if (label !== undefined) backups.push(label)
    const [, id, start, stop] =
      /repo\d+: (\S+) remove archive, start = ([0-9A-F]+), stop = ([0-9A-F]+)/.exec(line) ?? []
    if (id !== undefined && start !== undefined && stop !== undefined) archive.push({id, start, stop})
  }
  return {repo, backups: backups.sort(), archive}
}

/** How long things are kept in a repository, as options of pgBackRest; its defaults where nothing is said. */
export function retentionOf(document: CompleteCluster, repo: string): Record<string, string> {
  const own = Object.entries(document.spec.backups?.pgbackrest?.global ?? {}).filter(([key]) =>
    key.startsWith(`${repo}-retention-`),
  )
  return {[`${repo}-retention-full`]: fullBackupsKept, ...Object.fromEntries(own)}
}
