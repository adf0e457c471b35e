import {PgkError} from '../errors.ts'
import type {ReachableChoice, RestorePoint} from '../pgbackrest/targets.ts'
import type {Kube} from '../ports.ts'
import {type Behind, lostCommitsCommand, readLostCommits} from '../postgres/lost-commits.ts'
import {parseLsn} from '../postgres/lsn.ts'
import {leaderOf, type Observed} from './snapshot.ts'

/** Longer than the command gives itself. */
const patienceSeconds = 25

/** Nothing behind the end of the archive is lost, and where an xid or a name lies only recovery knows. */
function behindOf(point: RestorePoint, choice: ReachableChoice): Behind | undefined {
  if (point.kind === 'time') return {kind: 'time', at: point.at}
  if (point.kind === 'backup') return {kind: 'time', at: choice.set.finishedAt}
  const position = point.kind === 'lsn' ? parseLsn(point.lsn) : undefined
  return position === undefined ? undefined : {kind: 'lsn', position}
}

/**
 * How many transactions a restore in place to a point would lose, counted in the WAL that the leader still
 * has. Undefined where that does not reach back far enough, or nobody can be asked: a plan is made all the same.
 */
export async function lostCommits(
  kube: Kube,
  seen: Observed,
  request: {point: RestorePoint; choice: ReachableChoice; postgresVersion: number},
): Promise<number | undefined> {
  const behind = behindOf(request.point, request.choice)
  const leader = leaderOf(seen)
  // On another timeline than the leader's, what is lost is not all in the leader's WAL.
  if (behind === undefined || leader?.pod === undefined) return undefined
  if (leader.member?.timeline !== undefined && leader.member.timeline !== request.choice.timeline)
    return undefined
  try {
    const {exitCode, stdout} = await kube.exec({
      namespace: seen.namespace,
      pod: leader.pod.name,
      container: 'database',
      command: lostCommitsCommand(request.postgresVersion, behind),
      timeoutSeconds: patienceSeconds,
    })
    return exitCode === 0 ? readLostCommits(stdout) : undefined
  } catch (error) {
    if (error instanceof PgkError) return undefined
    throw error
  }
}
