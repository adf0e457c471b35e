import {at, text} from '../../src/lib/observe/fields.ts'
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

/** The same pod as that of a Job of pgk, with nobody who follows it. */
function bareJob({kubectl}: BenchCluster, job: string): number {
  const template: unknown = at(
    JSON.parse(kubectl(['get', 'job', job, '-o', 'json'])),
    'spec',
    'template',
    'spec',
  )
  const bare = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {name: 'bare'},
    spec: {backoffLimit: 0, template: {spec: template}},
  }
  kubectl(['apply', '-f', '-'], JSON.stringify(bare))
  kubectl(['wait', '--for=condition=Complete', 'job/bare', '--timeout=300s'])
  const log = kubectl(['logs', 'job/bare'])
  kubectl(['delete', 'job', 'bare', '--wait=true'])
  return ownSeconds(log, 'backup')
}

function backups(cluster: BenchCluster, count: number): Row[] {
  const whole: Row = {what: 'full backup, the whole command', throughput: false, pgk: [], hand: []}
  const host: Row = {
    what: 'pgBackRest’s part, by hand in the repository host',
    throughput: false,
    pgk: [],
    hand: [],
  }
  const same: Row = {what: 'pgBackRest’s part, by hand in the same pod', throughput: true, pgk: [], hand: []}
  let job = ''
  const withPgk = (): void => {
    let said = ''
    whole.pgk.push(
      secondsOf(() => {
        said = cluster.pgk(['backup', cluster.name, '--type', 'full', '-o', 'json'])
      }),
    )
    job = text(JSON.parse(said), 'annotations', 'pgk-job') ?? ''
    const seconds = ownSeconds(cluster.kubectl(['logs', `job/${job}`]), 'backup')
    for (const row of [host, same]) row.pgk.push(seconds)
  }
  const inHost = (): void => {
    const hand = handBackup(cluster)
    whole.hand.push(hand.whole)
    host.hand.push(hand.own)
  }
  const inPod = (): void => {
    same.hand.push(bareJob(cluster, job))
  }
  // Each in turn first: what the one before left to be written back is in the way of the next.
  const turns = [withPgk, inHost, inPod]
  for (let round = 0; round < count; round += 1) {
    const first = round % turns.length
    const order = [...turns.slice(first), ...turns.slice(0, first)]
    for (const one of order) one()
  }
  return [whole, host, same]
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
  const count = rounds(9)
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
