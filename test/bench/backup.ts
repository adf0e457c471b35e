import {type BenchCluster, fill, rounds, sizeMegabytes, withCluster} from './cluster.ts'
import {median, numberFlag, run, secondsOf} from './pairs.ts'

/**
 * Throughput of full backups and of the Job of a restore, beside pgBackRest run by hand in the same pods
 * within the same run. Needs the Kubernetes that KUBECONFIG names.
 * Usage: npm run bench:backup [-- --rounds 3 --megabytes 2048]
 */
const goal = 0.95

interface Row {
  what: string
  /** False where pods that start are in it too: that is what one waits, no throughput. */
  throughput: boolean
  pgk: number[]
  hand: number[]
}

/** Seconds that pgBackRest itself says its last command took. */
function ownSeconds(log: string, command: string): number {
  const found = [
    ...log.matchAll(new RegExp(`${command} command end: completed successfully \\((\\d+)ms\\)`, 'g')),
  ]
  const milliseconds = found.at(-1)?.[1]
  if (milliseconds === undefined) throw new Error(`no end of ${command} in:\n${log}`)
  return Number(milliseconds) / 1000
}

function handBackup({kubectl, name}: BenchCluster): {whole: number; own: number} {
  const command = ['pgbackrest', '--stanza=db', 'backup', '--type=full', '--log-level-console=info']
  let log = ''
  const whole = secondsOf(() => {
    log = kubectl(['exec', `${name}-repo-host-0`, '-c', 'pgbackrest', '--', ...command])
  })
  return {whole, own: ownSeconds(log, 'backup')}
}

function backups(cluster: BenchCluster, count: number): Row[] {
  const whole: Row = {what: 'full backup, the whole command', throughput: false, pgk: [], hand: []}
  const copying: Row = {what: 'full backup, pgBackRest’s part', throughput: true, pgk: [], hand: []}
  const withPgk = (): void => {
    let said = ''
    whole.pgk.push(
      secondsOf(() => {
        said = cluster.pgk(['backup', cluster.name, '--type', 'full', '-o', 'json'])
      }),
    )
    const made: unknown = JSON.parse(said)
    const job = typeof made === 'object' && made !== null ? Reflect.get(made, 'annotations') : undefined
    const name = typeof job === 'object' && job !== null ? Reflect.get(job, 'pgk-job') : undefined
    if (typeof name !== 'string') throw new Error(`the backup names no Job: ${said}`)
    copying.pgk.push(ownSeconds(cluster.kubectl(['logs', `job/${name}`]), 'backup'))
  }
  const byHand = (): void => {
    const hand = handBackup(cluster)
    whole.hand.push(hand.whole)
    copying.hand.push(hand.own)
  }
  // In turn first and second: what the one before left to be written back is in the way of the next.
  for (let round = 0; round < count; round += 1) {
    for (const one of round % 2 === 0 ? [withPgk, byHand] : [byHand, withPgk]) one()
  }
  return [whole, copying]
}

/** Into an empty directory of the same volume, from the pod that the data is for. */
function handRestore({kubectl, name}: BenchCluster, set: string): number {
  const path = '/pgdata/by-hand'
  const shell = (script: string): string =>
    kubectl(['exec', `${name}-pg-1-0`, '-c', 'database', '--', 'bash', '-ceu', script])
  shell(`mkdir -m 0700 ${path}`)
  const options = `--stanza=db --pg1-path=${path} --set=${set} --type=immediate --log-level-console=info --process-max=$(nproc)`
  const log = shell(`pgbackrest restore ${options}`)
  shell(`rm -rf ${path}`)
  return ownSeconds(log, 'restore')
}

function restores(cluster: BenchCluster, count: number): Row {
  const row: Row = {what: 'restore, the Job’s copying', throughput: true, pgk: [], hand: []}
  for (let round = 0; round < count; round += 1) {
    const listed: unknown = JSON.parse(cluster.pgk(['backup', 'list', cluster.name, '-o', 'json']))
    const labels = JSON.stringify(listed).match(/"label":"[^"]+F"/g) ?? []
    const set = labels.at(-1)?.slice(9, -1) ?? ''
    row.hand.push(handRestore(cluster, set))
    cluster.pgk(['restore', cluster.name, '--in-place', '--backup', set, '--confirm', cluster.name])
    row.pgk.push(ownSeconds(cluster.kubectl(['logs', `job/${cluster.name}-pgbackrest-restore`]), 'restore'))
  }
  return row
}

await withCluster(1, cluster => {
  fill(cluster, numberFlag('megabytes', 2048))
  const size = sizeMegabytes(cluster)
  const count = rounds(8)
  console.log(`${Math.round(size)} MiB, ${count} rounds, ${run(['nproc']).trim()} processors`)
  // Once uncounted: what was just created is in the cache for whoever comes first.
  handBackup(cluster)
  const rows = [...backups(cluster, count), restores(cluster, numberFlag('restores', 3))]
  console.table(
    rows.map(({what, throughput, pgk, hand}) => ({
      what,
      'pgk s': median(pgk).toFixed(1),
      'MiB/s': (size / median(pgk)).toFixed(0),
      'by hand s': median(hand).toFixed(1),
      'its MiB/s': (size / median(hand)).toFixed(0),
      ratio: median(pgk.map((seconds, round) => (hand[round] ?? Number.NaN) / seconds)).toFixed(2),
      goal: throughput ? `≥ ${goal}` : '',
    })),
  )
})
