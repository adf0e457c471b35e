import {readingOf} from '../postgres/parameter-reading.ts'
import type {FieldChange} from './difference.ts'

/**
 * How much a change asks of its author: nothing, a yes, or the name typed. Severe is what takes
 * instances or their data out of service for good.
 */
export type Severity = 'none' | 'moderate' | 'severe'

export interface Consequence {
  severity: Severity
  /** A whole sentence. */
  text: string
}

const RESTART =
  'Every instance restarts, one at a time, the leader last after a switchover: writes pause for about two seconds.'

const RESTARTING = [
  /^spec\.(image|imagePullPolicy|imagePullSecrets|port|metadata)\b/,
  /^spec\.patroni\.port$/,
  /^spec\.instances\[[^\]]+\]\.(resources|affinity|tolerations|topologySpreadConstraints|priorityClassName|metadata)\b/,
  /^spec\.backups\.pgbackrest\.(image|configuration)\b/,
]

const nameIn = (path: string): string => /\[([^\]]+)\]/.exec(path)?.[1] ?? ''
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
const moderate = (text: string): Consequence => ({severity: 'moderate', text})
const harmless = (text: string): Consequence => ({severity: 'none', text})

function instancesRemoved(set: string, count: number): Consequence {
  return {
    severity: 'severe',
    text: `${plural(count, 'instance')} of the set ${set} will be removed; the volumes stay.`,
  }
}

function ofInstances({path, from, to}: FieldChange): Consequence | undefined {
  const set = nameIn(path)
  if (/^spec\.instances\[[^\]]+\]$/.test(path)) {
    const replicasOf = (value: unknown): number =>
      typeof value === 'object' && value !== null && 'replicas' in value && typeof value.replicas === 'number'
        ? value.replicas
        : 1
    if (to === undefined) return instancesRemoved(set, replicasOf(from))
    return harmless(`A set ${set} of ${plural(replicasOf(to), 'instance')} will be added.`)
  }
  if (path.endsWith('].replicas') && typeof from === 'number' && typeof to === 'number') {
    return to < from
      ? instancesRemoved(set, from - to)
      : harmless(`${plural(to - from, 'instance')} will be added to the set ${set}.`)
  }
  if (path.endsWith('VolumeClaimSpec.resources.requests.storage')) {
    return moderate(`Volumes of the set ${set} grow from ${from} to ${to}; they cannot shrink again.`)
  }
  return undefined
}

function ofParameters({path, to}: FieldChange): Consequence | undefined {
  // A name with a point, an extension's, stands in the path as a quoted key.
  const [, plain, quoted] =
    /^spec\.(?:config|patroni\.dynamicConfiguration\.postgresql)\.parameters(?:\.([\w-]+)|\["(.+)"\])$/.exec(
      path,
    ) ?? []
  const name = plain ?? quoted
  if (name === undefined) return undefined
  const set = to === undefined ? 'goes back to its default' : 'is set'
  switch (readingOf(name)) {
    case 'at-start':
      return moderate(`${name} is read at start only: every instance restarts, one at a time.`)
    case 'by-extension':
      return moderate(
        `${name} ${set}; where its extension reads it at start only, every instance restarts, one at a time.`,
      )
    case 'on-reload':
      return harmless(`${name} ${set} without a restart.`)
  }
}

function ofBackups({path, from, to}: FieldChange): Consequence | undefined {
  const repo = nameIn(path)
  if (/^spec\.backups\.pgbackrest\.repos\[[^\]]+\]$/.test(path)) {
    return to === undefined
      ? {
          severity: 'severe',
          text: `Backups in ${repo} can no longer be restored by this cluster; its volume or bucket stays.`,
        }
      : harmless(`${repo} will be added; it holds nothing until its first full backup.`)
  }
  if (/\.repos\[[^\]]+\]\.volume\.volumeClaimSpec\.resources\.requests\.storage$/.test(path)) {
    return moderate(`The volume of ${repo} grows from ${from} to ${to}; it cannot shrink again.`)
  }
  if (/^spec\.backups(\.pgbackrest)?$/.test(path) && from === undefined) {
    return moderate('Archiving begins, and a first full backup is made.')
  }
  return undefined
}

function ofUsers({path, from, to}: FieldChange): Consequence | undefined {
  if (!/^spec\.users\[[^\]]+\]$/.test(path)) return undefined
  const user = nameIn(path)
  if (to === undefined)
    return harmless(`pgk no longer looks after ${user}; the role, its databases and its Secret stay.`)
  return from === undefined ? harmless(`The user ${user} will be created.`) : undefined
}

function ofTheWhole({path, to}: FieldChange): Consequence | undefined {
  if (path === 'spec.shutdown') {
    return to === true
      ? moderate('Every instance stops: no connection is possible until the cluster is started again.')
      : harmless('The cluster starts again.')
  }
  if (path === 'spec.paused') {
    return harmless(
      to === true
        ? 'pgk leaves the cluster alone until paused is false.'
        : 'pgk looks after the cluster again.',
    )
  }
  if (/^spec\.(service|replicaService)\b/.test(path))
    return moderate('Clients from outside may have to reconnect to another address.')
  if (/^spec\.authentication\b/.test(path))
    return moderate('New connections are admitted by the new rules; existing ones stay.')
  if (/^spec\.databaseInitSQL\b/.test(path))
    return harmless('The SQL runs only in a cluster that has not run any yet.')
  return RESTARTING.some(pattern => pattern.test(path)) ? moderate(RESTART) : undefined
}

/** What the changes of a running cluster bring about, each sentence once, the severe ones first. */
export function consequencesOf(changes: readonly FieldChange[]): Consequence[] {
  const found = changes.flatMap(change => {
    const one =
      ofInstances(change) ??
      ofParameters(change) ??
      ofBackups(change) ??
      ofUsers(change) ??
      ofTheWhole(change)
    return one === undefined ? [] : [one]
  })
  const order: Severity[] = ['severe', 'moderate', 'none']
  const once = found.filter((one, index) => found.findIndex(other => other.text === one.text) === index)
  return order.flatMap(severity => once.filter(one => one.severity === severity))
}

/** The gravest of some consequences. */
export function severityOf(consequences: readonly Consequence[]): Severity {
  const severities = new Set(consequences.map(({severity}) => severity))
  return (['severe', 'moderate'] as const).find(severity => severities.has(severity)) ?? 'none'
}
