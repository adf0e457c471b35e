import {clusterNames} from '../model/names.ts'
import {at} from '../observe/fields.ts'
import {findObject, type InstanceSeen, type Observed} from '../observe/snapshot.ts'
import {changedAt} from './refresh.ts'

/**
 * True when restarting a replica changes nothing until the leader has restarted: of some parameters a standby
 * must not have less than its primary, and keeps the primary's old value while that still runs with it.
 */
export function waitsForLeader(seen: Observed, {member}: InstanceSeen): boolean {
  const pending = member?.pendingRestart ?? []
  const settings = seen.answers.sql?.known ? seen.answers.sql.value.settings : {}
  return (
    pending.length > 0 &&
    pending.every(change => {
      const [, name = '', to] = /^(\w+): \d+ -> (\d+)$/.exec(change) ?? []
      return Number(settings[name] ?? 0) > Number(to)
    })
  )
}

/** Time for one more loop of Patroni than it is told to take. */
const loopSlackSeconds = 3

/**
 * True while a replica may not yet have told that it needs the restart which the leader needs: each finds out
 * in its own loop, and a leader that has more than its replicas makes them pause.
 */
export function replicasMayFollow(seen: Observed): boolean {
  const config = findObject(seen, 'Endpoints', clusterNames(seen.cluster).haConfig)
  const loop = seen.config?.configuration?.['loop_wait']
  const seconds = (typeof loop === 'number' ? loop : 10) + loopSlackSeconds
  return config !== undefined && seen.at.getTime() - changedAt(config) < seconds * 1000
}

/** True when Postgres itself shows that the leader runs with other parameters than it is to, told or not. */
export function runsBehind(seen: Observed): boolean {
  const sql = seen.answers.sql
  if (!sql?.known) return false
  const {settings, pendingRestart} = sql.value
  const wanted = at(seen.config?.configuration, 'postgresql', 'parameters')
  return (
    pendingRestart ||
    Object.entries(settings).some(([name, value]) => {
      const asked = at(wanted, name)
      return asked !== undefined && String(asked) !== value
    })
  )
}
