import {usageError} from '../errors.ts'
import type {CompleteCluster} from '../model/document.ts'
import {BackupReason} from '../model/labels.ts'
import {type BackupType, backupJobName} from '../model/names.ts'
import {nearest, shown} from '../model/problem.ts'
import type {BackupRequest} from '../render/pgbackrest-view.ts'

/** `1` or `repo1` as one of the document's repositories; the first one where none is named. */
export function repoOf(document: CompleteCluster, wanted: string | undefined): string {
  const names = (document.spec.backups?.pgbackrest?.repos ?? []).map(({name}) => name)
  const [first = 'repo1'] = names
  if (wanted === undefined) return first
  const name = /^\d$/.test(wanted) ? `repo${wanted}` : wanted
  if (names.includes(name)) return name
  const meant = nearest(name, names)
  throw usageError('REPO_UNKNOWN', `there is no repository ${shown(wanted)}`, {
    object: 'flag --repo',
    hints: [meant === undefined ? `There are: ${names.join(', ')}` : `Did you mean ${meant}?`],
  })
}

/** `key=value` pairs; pgBackRest takes anything but an empty key. */
export function annotationsOf(flags: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    flags.map(flag => {
      const [, key, value] = /^([^=\s]+)=(.*)$/s.exec(flag) ?? []
      if (key === undefined || value === undefined || value === '') {
        throw usageError('FLAG_INVALID', `--annotation is no key=value: ${shown(flag)}`, {
          hints: ['For example --annotation why=before-upgrade'],
        })
      }
      return [key, value]
    }),
  )
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** Five characters that keep Jobs apart. */
export const jobSuffix = (bytes: Uint8Array): string =>
  [...bytes.subarray(0, 5)].map(byte => alphabet[byte % alphabet.length]).join('')

export interface OneOff {
  cluster: string
  repo: string
  type: BackupType
  annotations: Readonly<Record<string, string>>
  /** Random bytes, at least five. */
  random: Uint8Array
  /** Keys: the annotation of a Job that names the type, and the one of a set that names its Job. */
  keys: {type: string; job: string}
}

/** The Job of a one-off backup. */
export function oneOffJob({cluster, repo, type, annotations, random, keys}: OneOff): BackupRequest {
  const name = backupJobName(cluster, jobSuffix(random))
  const all = {...annotations, [keys.job]: name}
  return {
    name,
    repo,
    type,
    reason: BackupReason.manual,
    options: Object.entries(all).map(([key, value]) => `--annotation=${key}=${value}`),
    annotations: {[keys.type]: type},
  }
}
