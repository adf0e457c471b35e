import type {BucketSource} from '../model/data-source-rules.ts'
import type {CompleteCluster} from '../model/document.ts'
import {dataDirectory} from '../postgres/layout.ts'
import {instanceProcesses, location} from './config.ts'
import {spoolDirectory} from './layout.ts'

/** The bucket that a cluster begins with the data of, if it begins so. */
export const bucketSource = ({spec}: CompleteCluster): BucketSource | undefined => spec.dataSource?.pgbackrest

const variable = (option: string): string => `PGBACKREST_${option.toUpperCase().replaceAll('-', '_')}`

/**
 * How pgBackRest reads a bucket for a cluster that has nothing there: options as environment variables of the
 * Job, so that no file has to be made and taken away again. Keys and passphrases are in Secrets.
 */
export function sourceEnvironment(document: CompleteCluster): {name: string; value: string}[] {
  const source = bucketSource(document)
  if (source === undefined) return []
  const options = {
    'archive-async': 'y',
    'log-path': '/pgdata/pgbackrest/log',
    'lock-path': '/tmp/pgbackrest',
    ...instanceProcesses(document),
    ...location(source.repo),
    ...source.global,
    'spool-path': spoolDirectory,
    'pg1-path': dataDirectory(document.spec.postgresVersion),
  }
  return Object.entries(options)
    .map(([option, value]) => ({name: variable(option), value}))
    .sort((left, right) => left.name.localeCompare(right.name))
}
