import {randomBytes} from 'node:crypto'
import {numberFlag, run} from './pairs.ts'

export interface BenchCluster {
  name: string
  namespace: string
  pgk(args: readonly string[]): string
  kubectl(args: readonly string[], stdin?: string): string
  /** One value of SQL from the leader. */
  sql(statement: string): string
}

/** A cluster in a namespace of its own while `work` runs. */
export async function withCluster(
  replicas: number,
  work: (cluster: BenchCluster) => void | Promise<void>,
): Promise<void> {
  const [name, namespace] = ['hippo', `bench-${randomBytes(3).toString('hex')}`]
  const kubectl = (args: readonly string[], stdin = ''): string =>
    run(['kubectl', '-n', namespace, ...args], stdin)
  const bare = (args: readonly string[], stdin = ''): string =>
    run([process.execPath, 'bin/run.js', ...args], stdin)
  const pgk = (args: readonly string[]): string => bare([...args, '-n', namespace])
  const image = process.env['PGK_E2E_IMAGE']
  run(['kubectl', 'create', 'namespace', namespace])
  try {
    const flags = ['--replicas', String(replicas), ...(image === undefined ? [] : ['--image', image])]
    pgk(['create', 'cluster', name, ...flags])
    await work({
      name,
      namespace,
      pgk,
      kubectl,
      sql: statement =>
        bare(['psql', name, '-n', namespace, '--', '-XAtq', '-v', 'ON_ERROR_STOP=1'], statement).trim(),
    })
  } finally {
    pgk(['delete', 'cluster', name, '--purge', '--confirm', name])
    run(['kubectl', 'delete', 'namespace', namespace, '--wait=true', '--timeout=120s'])
  }
}

/** Fills the database with rows of `pgbench`'s kind of width that compress as real data does, half way. */
export function fill(cluster: BenchCluster, megabytes: number): void {
  const rows = Math.round((megabytes * 2 ** 20) / 140)
  cluster.sql(
    `create table filled as select n as id, md5(n::text) || repeat('x', 64) as filler from generate_series(1, ${rows}) n; checkpoint`,
  )
}

export const sizeMegabytes = (cluster: BenchCluster): number =>
  Number(cluster.sql('select sum(pg_database_size(oid)) / 1048576 from pg_database'))

export const rounds = (otherwise: number): number => numberFlag('rounds', otherwise)
