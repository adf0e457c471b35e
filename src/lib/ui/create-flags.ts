import {boolean, integer, string} from '@oclif/core/flags'
import type {CreateFlags} from '../verbs/create.ts'

const size = '<size>'

/** The common choices of a new cluster. What they leave out, a manifest says. */
export const createFlags = {
  replicas: integer({summary: 'Number of instances. [default: 3]'}),
  'postgres-version': integer({summary: 'Major version of Postgres. [default: 17]'}),
  image: string({summary: 'The image of Postgres, Patroni and pgBackRest.'}),
  cpu: string({summary: 'Processors an instance asks for, such as 500m or 2.'}),
  memory: string({summary: 'Memory of an instance, asked for and at most.', helpValue: size}),
  storage: string({summary: 'Size of an instance’s volume. [default: 10Gi]', helpValue: size}),
  'storage-class': string({summary: 'Storage class of all volumes.'}),
  'wal-storage': string({summary: 'A volume of its own for WAL, of this size.', helpValue: size}),
  repo: string({
    summary: 'Where backups go; up to four. [default: volume:20Gi]',
    description:
      'volume:20Gi, s3://bucket/path?endpoint=…&region=…&secret=NAME, gcs://bucket/path?secret=NAME or azure://container/path?secret=NAME.',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'from-repo': string({
    summary: 'Begin with the data of a bucket whose cluster is gone.',
    description: 'As --repo, without a volume; stanza=NAME where its database is not called db.',
    helpValue: '<s3://…>',
  }),
  schedule: string({
    summary: 'When to back up: full="0 1 * * 0", diff=… or incr=…, for one repository repo2:full=….',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'retention-full': integer({summary: 'How many full backups are kept. [default: 2]'}),
  backups: boolean({summary: 'Back up at all.', allowNo: true, default: true}),
  database: string({summary: 'Name of the database. [default: the cluster’s]'}),
  user: string({summary: 'Name of its owner. [default: the cluster’s]'}),
  parameter: string({
    summary: 'A Postgres parameter.',
    helpValue: '<name=value>',
    multiple: true,
    multipleNonGreedy: true,
  }),
  port: integer({summary: 'The port of Postgres. [default: 5432]'}),
  synchronous: boolean({summary: 'No commit is acknowledged before a second instance has it.'}),
  spread: string({summary: 'Keep instances apart over these domains.', helpValue: 'zone,hostname'}),
  'node-selector': string({
    summary: 'Only on nodes with this label.',
    helpValue: '<label=value>',
    multiple: true,
    multipleNonGreedy: true,
  }),
  toleration: string({
    summary: 'Also on nodes with this taint.',
    helpValue: '<key=value:effect>',
    multiple: true,
    multipleNonGreedy: true,
  }),
}

interface Given {
  replicas?: number | undefined
  'postgres-version'?: number | undefined
  'storage-class'?: string | undefined
  'wal-storage'?: string | undefined
  'retention-full'?: number | undefined
  'node-selector'?: string[] | undefined
  'from-repo'?: string | undefined
  backups: boolean
}

/** The flags as the verb takes them. */
export const asCreateFlags = (
  flags: Given & Omit<CreateFlags, 'noBackups'>,
  namespace: string,
): CreateFlags => ({
  ...flags,
  namespace,
  postgresVersion: flags['postgres-version'],
  storageClass: flags['storage-class'],
  walStorage: flags['wal-storage'],
  retentionFull: flags['retention-full'],
  nodeSelector: flags['node-selector'],
  fromRepo: flags['from-repo'],
  noBackups: !flags.backups,
})

/** The flags that a manifest takes the place of, as they were given. */
export const givenChoices = (flags: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(createFlags).filter(name => {
    const value = flags[name]
    return name === 'backups' ? value === false : value !== undefined && value !== false
  })
