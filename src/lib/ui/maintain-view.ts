import type {Expiry} from '../pgbackrest/expiry.ts'
import type {Flaws, VerifiedArchive} from '../pgbackrest/verification.ts'
import type {VerifiedItem} from '../verbs/verify.ts'
import type {Views} from './output.ts'
import {type Column, tableText} from './table.ts'
import {ago} from './words.ts'

export interface BackupExpiry {
  apiVersion: 'pgk/v1'
  kind: 'BackupExpiry'
  metadata: {name: string; namespace: string}
  /** True when nothing was removed. */
  dryRun: boolean
  repos: readonly (Expiry & {retention: Readonly<Record<string, string>>})[]
}

export function expiryViews(found: BackupExpiry): Views {
  const verb = found.dryRun ? 'Would remove' : 'Removed'
  return {
    table: colour =>
      found.repos
        .map(({repo, retention, backups, archive}) => {
          const kept = Object.entries(retention)
            .map(([key, value]) => `${key.replace(`${repo}-retention-`, '')} ${value}`)
            .join(', ')
          const lines = [
            ...backups.map(label => `  ${verb} ${label}`),
            ...archive.map(({id, start, stop}) => `  ${verb} WAL of ${id} from ${start} to ${stop}`),
          ]
          return [
            `${colour.bold(repo)} keeps ${kept}`,
            ...(lines.length === 0 ? ['  Nothing to remove'] : lines),
            '',
          ].join('\n')
        })
        .join(''),
    name: () => found.repos.flatMap(({backups}) => backups.map(label => `backup/${label}`)),
  }
}

export interface BackupVerification {
  apiVersion: 'pgk/v1'
  kind: 'BackupVerification'
  metadata: {name: string; namespace: string}
  valid: boolean
  items: readonly VerifiedItem[]
  archives: readonly (VerifiedArchive & {repo: string})[]
  /** What is wrong besides: a repository without a backup, an error that pgBackRest told. */
  problems: readonly string[]
  /** Whether a segment went from the leader into every repository; null where it did, else why not. */
  archivingError: string | null
}

const flaws = ({missing, checksumInvalid, sizeInvalid, other}: Flaws): string =>
  [
    missing > 0 ? `${missing} missing` : '',
    checksumInvalid > 0 ? `${checksumInvalid} with a wrong checksum` : '',
    sizeInvalid > 0 ? `${sizeInvalid} of a wrong size` : '',
    other > 0 ? `${other} unreadable` : '',
  ]
    .filter(text => text !== '')
    .join(', ')

export function verificationViews(found: BackupVerification, now: Date): Views {
  const columns: Column<VerifiedItem>[] = [
    {title: 'LABEL', value: ({label}) => label},
    {title: 'REPO', value: ({repo}) => repo},
    {
      title: 'STATE',
      value: (item, colour) =>
        item.valid
          ? colour.green('valid')
          : colour.red(item.read ? flaws(item) || 'builds on a damaged set' : 'not read'),
    },
    {title: 'VERIFIED', value: ({verifiedAt, cached}) => (cached ? ago(verifiedAt, now) : 'now')},
  ]
  return {
    table: colour => {
      const archives = found.archives.map(archive => {
        const bad = flaws(archive)
        const state = bad === '' ? colour.green('valid') : colour.red(bad)
        return `WAL ${archive.id} in ${archive.repo}: ${archive.checked} files, ${state}\n`
      })
      const problems = found.problems.map(problem => `${colour.red('Wrong')}: ${problem}\n`)
      const archiving =
        found.archivingError === null
          ? 'Archiving: a segment just reached every repository\n'
          : `${colour.red('Archiving fails')}: ${found.archivingError}\n`
      return `${tableText(columns, found.items, colour)}${archives.join('')}${problems.join('')}${archiving}`
    },
    name: () => found.items.filter(({valid}) => valid).map(({label}) => `backup/${label}`),
  }
}
