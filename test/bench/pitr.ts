import {spawn} from 'node:child_process'
import {restoreByHand} from './by-hand.ts'
import {type BenchCluster, fill, rounds, withCluster} from './cluster.ts'
import {comparison, numberFlag, run} from './pairs.ts'

/**
 * Recovery to a moment in place, three instances, until a write is accepted through the primary Service and
 * until all replicas stream, beside the same made by hand within the same run. pgk also makes a full backup
 * afterwards, which is told apart. Needs the Kubernetes that KUBECONFIG names.
 * Usage: npm run bench:pitr [-- --rounds 3 --megabytes 256]
 */
const goal = 1.3
const instances = ['hippo-pg-1', 'hippo-pg-2', 'hippo-pg-3']

interface Seconds {
  write: number
  whole: number
  end: number
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, milliseconds))

/** A psql of its own in the repository host's pod: it outlives the instances. */
function write({kubectl, name}: BenchCluster, password: string): boolean {
  const target = `host=${name}-primary user=${name} dbname=${name} sslmode=require connect_timeout=1`
  const command = `IFS= read -r PGPASSWORD && export PGPASSWORD && exec psql "$0" -XAtqc 'insert into mark values (1)'`
  const pod = ['exec', '-i', `${name}-repo-host-0`, '-c', 'pgbackrest']
  try {
    kubectl([...pod, '--', 'sh', '-c', command, target], `${password}\n`)
    return true
  } catch {
    return false
  }
}

function streaming({kubectl}: BenchCluster, leader: string): boolean {
  const question = `select count(*) from pg_stat_replication where state = 'streaming' and application_name like 'hippo-pg-%'`
  try {
    const command = ['exec', leader, '-c', 'database', '--', 'psql', '-XAtqc', question]
    return kubectl(command).trim() === String(instances.length - 1)
  } catch {
    return false
  }
}

/** From `started` until a write is accepted by the leader of a new timeline, and until all stream. */
async function until(
  cluster: BenchCluster,
  password: string,
  started: number,
): Promise<Omit<Seconds, 'end'>> {
  const seconds = (): number => (performance.now() - started) / 1000
  const patience = 300
  while (!write(cluster, password)) {
    if (seconds() > patience) throw new Error(`no write was accepted within ${patience} s`)
    await pause(50)
  }
  const accepted = seconds()
  const path = 'jsonpath={.metadata.annotations.leader}'
  const leader = cluster.kubectl(['get', 'endpoints', `${cluster.name}-ha`, '-o', path])
  while (!streaming(cluster, leader)) await pause(50)
  return {write: accepted, whole: seconds()}
}

/** A moment between two transactions, as Postgres writes it. */
function moment({sql}: BenchCluster): {at: string; hand: string} {
  sql('insert into moments values (1)')
  const now = sql(`select clock_timestamp() at time zone 'UTC'`)
  sql('insert into moments values (2)')
  return {at: `${now.replace(' ', 'T')}Z`, hand: `${now}+00`}
}

async function withPgk(cluster: BenchCluster, password: string): Promise<Seconds> {
  const {name, namespace} = cluster
  const {at} = moment(cluster)
  const started = performance.now()
  const args = ['bin/run.js', 'restore', name, '-n', namespace, '--in-place', '--pitr', at, '--confirm', name]
  const child = spawn(process.execPath, args, {stdio: ['ignore', 'ignore', 'pipe']})
  let said = ''
  const {promise: leads, resolve: itLeads} = Promise.withResolvers<void>()
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
    // Asked from then on only, as by hand: until then the Service leads to a pod that is gone, and an attempt
    // that waits for that one would see the new leader late.
    if (/✔ Data restored[\s\S]*✔ Leader/.test(said)) itLeads()
  })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  await Promise.race([leads, ended])
  const times = await until(cluster, password, started)
  if ((await ended) !== 0) throw new Error(said)
  return {...times, end: (performance.now() - started) / 1000}
}

async function byHand(cluster: BenchCluster, password: string): Promise<Seconds> {
  const {hand} = moment(cluster)
  const started = performance.now()
  restoreByHand(cluster, instances, hand)
  const times = await until(cluster, password, started)
  return {...times, end: times.whole}
}

await withCluster(3, async cluster => {
  fill(cluster, numberFlag('megabytes', 256))
  cluster.sql('create table moments(n int)')
  cluster.sql(`\\c ${cluster.name}\ncreate table mark(n int); grant all on mark to ${cluster.name}`)
  const secret = [
    'get',
    'secret',
    `${cluster.name}-pguser-${cluster.name}`,
    '-o',
    'jsonpath={.data.password}',
  ]
  const password = Buffer.from(cluster.kubectl(secret), 'base64').toString('utf8')
  cluster.pgk(['backup', cluster.name, '--type', 'full'])
  const count = rounds(3)
  console.log(`${count} rounds, ${run(['nproc']).trim()} processors`)
  const pairs: {a: Seconds; b: Seconds}[] = []
  for (let round = 0; round < count; round += 1) {
    // In turn first and second: what the one before left in memory and to be written back is the next one's.
    const handFirst = round % 2 === 1
    const before = handFirst ? await byHand(cluster, password) : undefined
    const a = await withPgk(cluster, password)
    pairs.push({a, b: before ?? (await byHand(cluster, password))})
  }
  const parts: [name: string, part: keyof Seconds, wanted: boolean][] = [
    ['first write accepted', 'write', true],
    ['all replicas stream', 'whole', true],
    ['new full backup made, the command ends', 'end', false],
  ]
  console.table(
    parts.map(([what, part, wanted]) => {
      const found = comparison(
        what,
        'by hand',
        pairs.map(({a, b}) => ({a: a[part], b: b[part]})),
      )
      return {
        'until …': what,
        'pgk s': found.medianSeconds.toFixed(1),
        'by hand s': wanted ? found.baseMedianSeconds.toFixed(1) : '',
        ratio: wanted ? found.ratio.toFixed(2) : '',
        goal: wanted ? `≤ ${goal}` : '',
      }
    }),
  )
})
