import {boolean, integer, string} from '@oclif/core/flags'
import {usageError} from '../errors.ts'
import {pointFlags, type TargetFlags} from '../verbs/restore-target.ts'
import {type LocalTime, resolveLocal, withOffset} from '../verbs/restore-time.ts'
import type {Prompts} from './prompt.ts'

/** Where a restore is to stop. */
export const targetFlags = {
  pitr: string({
    summary: 'To a moment: 2026-11-23T08:15:00Z, with another offset, or "10 minutes ago".',
    helpValue: '<time>',
  }),
  latest: boolean({summary: 'To the end of the archive.'}),
  backup: string({summary: 'To the end of a backup.', helpValue: '<label>'}),
  lsn: string({summary: 'To a place in the WAL.', helpValue: '<lsn>'}),
  xid: string({summary: 'To the end of a transaction.', helpValue: '<xid>'}),
  name: string({summary: 'To a restore point that pg_create_restore_point made.', helpValue: '<name>'}),
  exclusive: boolean({summary: 'Stop before the target instead of after it.'}),
  repo: string({summary: 'Only from this repository.', helpValue: '<repo1>'}),
  set: string({summary: 'Only from this backup.', helpValue: '<label>'}),
  timeline: integer({summary: 'Along another timeline than the present one.', min: 1}),
}

/** `Europe/Berlin`: what a person means by a time without an offset, if they say so. */
export const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone

const missingOffset = (text: string) =>
  usageError('TIME_ZONE_MISSING', `"${text}" says no time zone`, {
    object: 'flag --pitr',
    hints: [
      `Add Z for UTC (${text.trim().replace(' ', 'T')}Z), an offset such as +01:00, or a zone such as Europe/Berlin.`,
    ],
  })

/** Asks which zone is meant where a person can be asked; undefined while no local time came up. */
export async function zoneFor(prompts: Prompts, local: LocalTime, text: string): Promise<string> {
  const own = ownZone()
  const zones = own === 'UTC' ? ['UTC'] : ['UTC', own]
  const choices = zones.map(zone => ({
    value: zone,
    name: `${zone}: ${withOffset(resolveLocal(local, zone, text), zone)}`,
  }))
  return prompts.choose(`"${text}" says no time zone. Which is meant?`, choices)
}

/** Settles times without an offset: in a zone that is known, else by refusing. */
export const settleIn =
  (zone: string | undefined) =>
  (local: LocalTime, text: string): Date => {
    if (zone === undefined) throw missingOffset(text)
    return resolveLocal(local, zone, text)
  }

/** Throws where a target is named beside a flag that says itself where it goes. */
export function refuseTarget(flags: TargetFlags, beside: string): void {
  const given = pointFlags.find(name => flags[name] !== undefined && flags[name] !== false)
  if (given !== undefined)
    throw usageError('FLAGS_CONFLICT', `${beside} and --${given} contradict each other`)
}
