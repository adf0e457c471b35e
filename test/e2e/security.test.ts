import {beforeAll, describe, expect, it} from 'vitest'
import {inClient, primary, startClient} from './support/client.ts'
import {query, useCluster} from './support/cluster.ts'
import {createNamespace, deleteNamespace, kubectl, pgk, succeed} from './support/commands.ts'

describe('who gets in', () => {
  const cluster = useCluster('secure', ['--replicas', '2'])
  beforeAll(() => startClient(cluster, 'client'))
  const psql = (target: string, sql = 'select 1') =>
    inClient(cluster, 'client', ['psql', '-XAtw', target, '-c', sql])

  it('the user of the Secret, over TLS, with the server verified by the Secret of the CA', async () => {
    const found = await succeed(
      psql(
        primary(cluster, 'sslmode=verify-full sslrootcert=/ca/ca.crt'),
        'select version(), ssl from pg_stat_ssl where pid = pg_backend_pid()',
      ),
    )
    expect(found.stdout).toMatch(/PostgreSQL 1\d.*\|t/)
  })

  it('nobody without TLS', async () => {
    const refused = await psql(primary(cluster, 'sslmode=disable'))
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toMatch(/no pg_hba.conf entry|no encryption/)
  })

  it('nobody with a wrong password', async () => {
    const target = primary(cluster, 'sslmode=require password=wrong')
    const refused = await psql(target)
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toMatch(/password authentication failed/)
  })

  it('nobody who takes another server for this one', async () => {
    const target = `host=${cluster.name}-pods sslmode=verify-full sslrootcert=/ca/ca.crt user=${cluster.name} dbname=${cluster.name}`
    expect((await psql(target)).code).not.toBe(0)
  })

  it('not the replication role without its certificate', async () => {
    const target = `host=${cluster.name}-primary sslmode=require user=_crunchyrepl dbname=postgres password=x`
    const refused = await psql(target)
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toMatch(/certificate|pg_hba/)
  })

  it('the replicas by the replication certificate', async () => {
    const seen = await query(
      cluster,
      `select distinct usename || ' ' || client_dn from pg_stat_replication join pg_stat_ssl using (pid) where ssl`,
    )
    expect(seen).toBe('_crunchyrepl /CN=_crunchyrepl')
  })

  it('no ServiceAccount of another namespace to the Secrets, and not even the cluster’s own', async () => {
    const other = await createNamespace('other')
    const can = (account: string, verb: string) =>
      kubectl([
        'auth',
        'can-i',
        verb,
        'secrets',
        '-n',
        cluster.namespace,
        '--as',
        `system:serviceaccount:${account}`,
      ])
    expect((await can(`${other}:default`, 'get')).stdout.trim()).toBe('no')
    expect((await can(`${cluster.namespace}:${cluster.name}-instance`, 'get')).stdout.trim()).toBe('no')
    const read = await kubectl([
      'get',
      'secrets',
      '-n',
      cluster.namespace,
      '--as',
      `system:serviceaccount:${other}:default`,
    ])
    expect(read.code).not.toBe(0)
    expect(read.stderr).toMatch(/forbidden/)
    await deleteNamespace(other)
  })

  it('with the connection data that pgk hands out, and only on request', async () => {
    const shown = await succeed(
      pgk(['uri', 'hippo', '-n', cluster.namespace, '--show-password', '-o', 'json']),
    )
    expect(shown.stdout).toMatch(/postgres(ql)?:\/\/hippo:/)
    const hidden = await succeed(pgk(['uri', 'hippo', '-n', cluster.namespace]))
    expect(hidden.stdout).not.toMatch(/:\/\/hippo:[^@*]+@/)
  })
})
