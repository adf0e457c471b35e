import type {RestorePlan} from '../verbs/restore.ts'
import {withOffset} from '../verbs/restore-time.ts'
import type {Views} from './output.ts'
import {ownZone} from './restore-flags.ts'
import type {Colour} from './terminal.ts'
import {bytes, span} from './words.ts'

const both = (utc: string): string => {
  const zone = ownZone()
  return zone === 'UTC' ? utc : `${utc} (${withOffset(new Date(utc), zone)} ${zone})`
}

function targetWords({target}: RestorePlan): string {
  const exclusive = target.exclusive ? ', exclusive' : ''
  if (target.utc !== null) return `${both(target.utc)}${exclusive}`
  if (target.kind === 'latest') return 'the end of the archive'
  return `${target.kind} ${target.value ?? ''}${exclusive}`
}

function losesLines({loses: {since, approximateTransactions: count}}: RestorePlan): [string, string][] {
  const counted = count === null ? undefined : `about ${count} transaction${count === 1 ? '' : 's'}`
  if (since === null) return counted === undefined ? [] : [['Loses', counted]]
  return [['Loses', `changes after ${both(since)}${counted === undefined ? '' : `, ${counted}`}`]]
}

function reachableLines(plan: RestorePlan): [string, string][] {
  const size = plan.sizeBytes === null ? '' : `, ${bytes(plan.sizeBytes)}`
  return [
    ['Backup', `${plan.set} in ${plan.repo}${size}`],
    ['Timeline', String(plan.timeline)],
    ['WAL', `${plan.walFrom} to ${plan.walTo ?? 'the newest segment'}`],
    ...(plan.estimatedSeconds === null
      ? []
      : [['Takes', `about ${span(plan.estimatedSeconds)}, by the last drill`] satisfies [string, string]]),
    ...(plan.certain === false
      ? [['Certain', 'no: only recovery can tell whether it is there'] satisfies [string, string]]
      : []),
    ...losesLines(plan),
  ]
}

/** The plan as lines of a screen. */
export function planText(plan: RestorePlan, colour: Colour): string {
  const {metadata, into, nearest} = plan
  const lines: [string, string][] = [
    plan.from === null ? ['Cluster', `${metadata.name} in ${metadata.namespace}`] : ['Bucket', plan.from],
    ['Into', into.inPlace ? 'the cluster itself' : `the new cluster ${into.cluster} in ${into.namespace}`],
    ['Target', targetWords(plan)],
    ['Reachable', plan.reachable ? colour.green('yes') : `${colour.red('no')}: ${plan.reason ?? ''}`],
    ...(plan.reachable ? reachableLines(plan) : []),
    ...(nearest.before === null ? [] : [['Before it', both(nearest.before)] satisfies [string, string]]),
    ...(nearest.after === null ? [] : [['After it', both(nearest.after)] satisfies [string, string]]),
    ...plan.notes.map((note): [string, string] => ['Note', note]),
  ]
  return `${lines.map(([label, text]) => `${label.padEnd(11)} ${text}`).join('\n')}\n`
}

export const planViews = (plan: RestorePlan): Views => ({
  table: colour => `${planText(plan, colour)}${plan.consequences.map(text => `• ${text}\n`).join('')}`,
  name: () => (plan.set === null ? [] : [plan.set]),
})

/** How a restore ended. */
export interface RestoreOutcome {
  apiVersion: 'pgk/v1'
  kind: 'Restore'
  metadata: {name: string; namespace: string}
  target: string
  outcome: 'restored' | 'returned'
  reason: string | null
  /** Commit time of the last transaction that was replayed, as Postgres prints it. */
  lastTransaction: string | null
  fromTimeline: number | null
  timeline: number | null
  startedAt: string
  finishedAt: string
  durationSeconds: number
}

export const outcomeViews = (outcome: RestoreOutcome): Views => ({
  table: () =>
    [
      `Restored cluster ${outcome.metadata.name} (${outcome.target}) in ${Math.round(outcome.durationSeconds)} s.`,
      `Timeline ${outcome.fromTimeline ?? '?'} → ${outcome.timeline ?? '?'}${outcome.lastTransaction === null ? '' : `, last transaction ${outcome.lastTransaction}`}.`,
      `To take it back: pgk restore ${outcome.metadata.name} -n ${outcome.metadata.namespace} --in-place --undo`,
      '',
    ].join('\n'),
  name: () => [`postgrescluster/${outcome.metadata.name}`],
})
