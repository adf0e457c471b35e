import {spawn} from 'node:child_process'
import {inject} from 'vitest'
import type {TestCluster} from './cluster.ts'
import {kubectl, succeed} from './commands.ts'

/** Inserts a numbered row every 20 ms inside a pod of the cluster until it is stopped. */
export async function startWriter(cluster: TestCluster, pod: string): Promise<{stop(): Promise<void>}> {
  const here = ['exec', '-i', pod, '-n', cluster.namespace, '-c', 'database', '--']
  const sql =
    'create table if not exists written (n bigserial primary key, at timestamptz default clock_timestamp())'
  await succeed(kubectl([...here, 'psql', '-Xq', '-d', cluster.name, '-c', sql]))
  const child = spawn('kubectl', [...here, 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', cluster.name], {
    env: {...process.env, KUBECONFIG: inject('kubeconfig')},
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.stdin.on('error', () => undefined)
  const timer = setInterval(() => child.stdin.write('insert into written default values;\n'), 20)
  return {
    async stop() {
      clearInterval(timer)
      child.stdin.end()
      await new Promise(resolve => child.once('close', resolve))
    },
  }
}
