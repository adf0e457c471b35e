import type {Problem} from '../model/problem.ts'
import {compareQuantities} from '../model/quantity.ts'
import type {FieldChange} from './difference.ts'

/** Changes that no running cluster can take, and what to do instead. */

const CLAIM = /^(.*(?:dataVolumeClaimSpec|walVolumeClaimSpec|volumeClaimSpec))\.(.+)$/
const INSTANCES = /^spec\.instances\[[^\]]+\]/

const size = (value: unknown): string | number => (typeof value === 'number' ? value : String(value))

function volumeRefusal({path, from, to}: FieldChange): Problem | undefined {
  const [, , field] = CLAIM.exec(path) ?? []
  if (field === undefined) return undefined
  if (field === 'resources.requests.storage') {
    return (compareQuantities(size(to), size(from)) ?? 0) < 0
      ? {
          path,
          message: `cannot shrink from ${size(from)} to ${size(to)}`,
          hint: 'Volumes only grow. Restore into a new cluster with smaller ones.',
        }
      : undefined
  }
  if (field.startsWith('resources.')) return undefined
  return {
    path,
    message: 'cannot change: a volume is what it was made as',
    hint: 'Add an instance set with the new kind of volume, then remove the old set.',
  }
}

function versionRefusal({path, from, to}: FieldChange): Problem | undefined {
  if (path !== 'spec.postgresVersion' || typeof from !== 'number' || typeof to !== 'number') return undefined
  return to < from
    ? {
        path,
        message: `cannot go back from ${from} to ${to}`,
        hint: 'Restore into a new cluster of the older version with pg_dump.',
      }
    : {
        path,
        message: `cannot change from ${from} to ${to} here`,
        hint: 'A major version needs an upgrade, not a changed field.',
      }
}

function otherRefusal({path, from, to}: FieldChange): Problem | undefined {
  if (path === 'spec.backups' || path === 'spec.backups.pgbackrest') {
    return to === undefined
      ? {
          path,
          message: 'cannot be removed: backups would be lost and archiving would stop',
          hint: 'Keep at least one repository.',
        }
      : undefined
  }
  if (INSTANCES.test(path) && path.endsWith('.walVolumeClaimSpec')) {
    const verb = from === undefined ? 'added' : 'removed'
    return {
      path,
      message: `cannot be ${verb} later`,
      hint: 'Add an instance set as it should be, then remove the old set.',
    }
  }
  const store =
    /^spec\.backups\.pgbackrest\.repos\[(repo\d)\]\.(volume|s3|gcs|azure)(?:$|\.(?!volumeClaimSpec))/.exec(
      path,
    )
  if (store) {
    return {
      path,
      message: `cannot change: ${store[1]} would be another repository under the same name`,
      hint: 'Add a repository under a free name, back up to it, then remove this one.',
    }
  }
  return undefined
}

/** What stands against a change; empty when it can be made. */
export const refusals = (changes: readonly FieldChange[]): Problem[] =>
  changes.flatMap(change => {
    const refusal = versionRefusal(change) ?? otherRefusal(change) ?? volumeRefusal(change)
    return refusal === undefined ? [] : [refusal]
  })
