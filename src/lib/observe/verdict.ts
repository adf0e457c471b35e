import {clusterWords} from '../model/command-line.ts'
import type {Recoverability} from '../pgbackrest/recoverability.ts'
import type {InstanceStatus, Reported} from './report.ts'
import type {Observed} from './snapshot.ts'

export type Level = 'ok' | 'unknown' | 'warning' | 'critical'

export interface Finding {
  level: Exclude<Level, 'ok'>
  /** One sentence without a full stop. */
  message: string
  /** The command to run next, where there is one. */
  next?: string
}

export interface Verdict {
  level: Level
  reasons: readonly Finding[]
}

export interface Judged {
  seen: Observed
  wanted: Reported
  instances: readonly InstanceStatus[]
  recovery: Recoverability
  backups: 'known' | 'unknown' | 'not-asked'
}

const severity: readonly Level[] = ['ok', 'unknown', 'warning', 'critical']

const diskWarning = 0.85
const diskCritical = 0.95
const lagWarningBytes = 256 * 1024 * 1024

const hereOf = ({cluster, namespace}: Observed): string => clusterWords({name: cluster, namespace})

function leadershipFindings({seen, wanted}: Judged): Finding[] {
  const here = hereOf(seen)
  const {leadership} = seen
  if (wanted.shutdown) {
    const next = `pgk export ${here} | sed 's/shutdown: true/shutdown: false/' | pgk apply -f -`
    return [{level: 'warning', message: 'the cluster is shut down', next}]
  }
  const known = !seen.unknown.some(({source}) => source === 'kubernetes/Endpoints')
  if (!known)
    return [{level: 'unknown', message: 'who leads is unknown: the API does not show the Endpoints'}]
  if (leadership.state === 'held') return []
  const who =
    leadership.state === 'expired' ? `${leadership.leader} has not renewed its lease` : 'no instance leads'
  return [{level: 'critical', message: `no writes: ${who}`, next: `pgk status ${here} --watch`}]
}

/** Patroni's members say how they are once a loop. */
const loopSeconds = 10

/**
 * A replica says that it streams one loop after it began to, so right after a start or a change of leader its
 * own word is old. Asked over SQL, the leader knows at once.
 */
function saysSoon({seen}: Judged, {name, state}: InstanceStatus): boolean {
  if (seen.answers.sql !== undefined || state !== 'running') return false
  const pod = seen.instances.find(instance => instance.name === name)?.pod
  if (pod === undefined || !pod.ready) return false
  const started = pod.containers.map(({startedAt}) => Date.parse(startedAt ?? pod.createdAt))
  const upSeconds = (seen.at.getTime() - Math.max(...started)) / 1000
  const {leadership} = seen
  const heldSeconds = leadership.state === 'held' ? (leadership.heldSeconds ?? Infinity) : Infinity
  return Math.min(upSeconds, heldSeconds) < 3 * loopSeconds
}

/** Whoever began it may have left: then nothing goes on by itself. */
function operationFindings({seen, wanted: {operation}}: Judged): Finding[] {
  if (operation?.kind !== 'restore') return []
  const message = `a restore is not over, it stands at phase ${operation.phase}; unless pgk runs, nothing goes on`
  const next =
    operation.target === null ? undefined : `pgk restore ${hereOf(seen)} --in-place ${operation.target}`
  return [{level: 'warning', message, ...(next === undefined ? {} : {next})}]
}

function instanceFindings(judged: Judged): Finding[] {
  const {seen, wanted, instances} = judged
  const findings: Finding[] = []
  if (!wanted.shutdown && instances.length < wanted.wantedInstances) {
    const message = `${instances.length} of ${wanted.wantedInstances} instances exist`
    findings.push({level: 'warning', message, next: `pgk export ${hereOf(seen)} | pgk apply -f -`})
  }
  for (const instance of instances) {
    const serves = instance.role === 'leader' || instance.role === 'standby-leader' ? 'running' : 'streaming'
    if (!wanted.shutdown && instance.state !== serves && !saysSoon(judged, instance)) {
      const next = `kubectl describe pod ${instance.pod} -n ${seen.namespace}`
      findings.push({
        level: 'warning',
        message: `${instance.name} ${instance.state === 'no pod' ? 'has' : 'is'} ${instance.state}`,
        next,
      })
    }
    if ((instance.replayLagBytes ?? 0) > lagWarningBytes) {
      findings.push({level: 'warning', message: `${instance.name} is far behind the leader`})
    }
    if (instance.pendingRestart) {
      findings.push({level: 'warning', message: `${instance.name} needs a restart for changed parameters`})
    }
    if (instance.disk === null) continue
    const share = instance.disk.usedBytes / instance.disk.totalBytes
    const message = `the data volume of ${instance.name} is ${Math.round(share * 100)} % full`
    if (share >= diskCritical) findings.push({level: 'critical', message})
    else if (share >= diskWarning) findings.push({level: 'warning', message})
  }
  return findings
}

/** WAL that is missing right up to now is a loss; between two backups it is only a hole in the past. */
function gapFindings({
  seen,
  recovery: {
    windows: [window],
  },
}: Judged): Finding[] {
  return (window?.gaps ?? []).flatMap((gap): Finding[] => {
    const file = gap.missing?.first
    if (window === undefined || gap.reason !== 'missing-wal' || file === undefined) return []
    const missing = `WAL ${file} is missing in the archive`
    if (gap.start < window.end) {
      return [
        {level: 'warning', message: `${missing}: no moment from ${gap.start} to ${gap.end} can be restored`},
      ]
    }
    const next = `pgk backup ${hereOf(seen)}`
    return [{level: 'critical', message: `${missing}: nothing after ${gap.start} can be restored`, next}]
  })
}

const noBackup: Finding = {
  level: 'critical',
  message: 'nothing can be restored: there is no full backup',
}

function backupFindings(judged: Judged): Finding[] {
  const {seen, wanted, recovery, backups} = judged
  if (!wanted.wantsBackups) return [{level: 'warning', message: 'no backups are configured'}]
  if (wanted.shutdown) return []
  if (backups === 'not-asked') return wanted.backedUp === false ? [noBackup] : []
  const findings: Finding[] = []
  if (backups === 'unknown') {
    const {backups: answer} = seen.answers
    const told = answer?.known
      ? answer.value.repos.find(({state}) => state === 'unreadable')?.message
      : undefined
    const reason = told ?? seen.unknown.find(({source}) => source === 'pgbackrest')?.reason ?? 'not asked'
    findings.push({level: 'unknown', message: `the backups are unknown: ${reason}`})
  } else if (recovery.windows.length === 0) {
    findings.push(noBackup)
  }
  findings.push(...gapFindings(judged))
  if (recovery.archiving.state === 'failing') {
    const queued = recovery.archiving.queued ?? 0
    findings.push({
      level: 'critical',
      message: `WAL archiving fails; ${queued} segments wait on the leader's disk`,
    })
  }
  return findings
}

/** The worst finding and all of them, worst first. */
export function verdict(judged: Judged): Verdict {
  const {damaged} = judged.wanted
  const reasons: Finding[] =
    damaged === undefined
      ? [...leadershipFindings(judged), ...instanceFindings(judged), ...backupFindings(judged)]
      : [{level: 'unknown', message: damaged, next: `pgk status ${hereOf(judged.seen)}`}]
  if (judged.wanted.paused)
    reasons.push({level: 'warning', message: 'pgk is paused for this cluster (spec.paused)'})
  const asked = judged.seen.answers.sql
  if (asked?.known === false && judged.seen.leadership.state === 'held') {
    reasons.push({level: 'unknown', message: `the leader does not answer SQL: ${asked.reason}`})
  }
  reasons.push(...operationFindings(judged))
  reasons.sort((a, b) => severity.indexOf(b.level) - severity.indexOf(a.level))
  return {level: reasons[0]?.level ?? 'ok', reasons}
}
