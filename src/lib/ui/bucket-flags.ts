import {boolean} from '@oclif/core/flags'
import {usageError} from '../errors.ts'
import type {TargetFlags} from '../verbs/restore-target.ts'
import {createFlags} from './create-flags.ts'
import {targetFlags} from './restore-flags.ts'

const grouped = <F extends object>(flag: F): F & {helpGroup: string} => ({
  ...flag,
  helpGroup: 'FROM A BUCKET',
})

/** Without a target, recovery goes to the end of the archive; `--name` would read as the cluster's. */
export const bucketFlags = {
  'from-repo': grouped(createFlags['from-repo']),
  plan: grouped(boolean({summary: 'Only show what would be restored.'})),
  pitr: grouped(targetFlags.pitr),
  backup: grouped(targetFlags.backup),
  lsn: grouped(targetFlags.lsn),
  xid: grouped(targetFlags.xid),
  exclusive: grouped(targetFlags.exclusive),
  set: grouped(targetFlags.set),
  timeline: grouped(targetFlags.timeline),
}

export interface BucketFlags extends Omit<TargetFlags, 'repo' | 'name' | 'latest'> {
  plan: boolean
  'from-repo'?: string | undefined
}

const points = ['pitr', 'backup', 'lsn', 'xid'] as const
const narrowing = ['exclusive', 'set', 'timeline'] as const

/** The target, as every restore takes it. */
export const targetIn = (flags: BucketFlags): TargetFlags => ({
  ...flags,
  repo: undefined,
  name: undefined,
  latest: points.every(name => flags[name] === undefined),
})

export function refusePointWithoutBucket(flags: BucketFlags): void {
  const given = [...points, ...narrowing].find(name => flags[name] !== undefined && flags[name] !== false)
  if (given === undefined || flags['from-repo'] !== undefined) return
  throw usageError('FLAGS_CONFLICT', `--${given} says where a restore stops, and nothing is restored`, {
    hints: [
      'Name the bucket: --from-repo s3://…',
      'A manifest names the target as dataSource.pgbackrest.options.',
    ],
  })
}
