import {describe, expect, it} from 'vitest'
import {parse, stringify} from 'yaml'
import {at, list, text} from '../../src/lib/observe/fields.ts'
import {query, useCluster} from './support/cluster.ts'
import {json, kubectl, pgk, succeed} from './support/commands.ts'

describe('repositories of a running cluster', () => {
  const cluster = useCluster('repos', ['--replicas', '1'])
  const here = (): string[] => [cluster.name, '-n', cluster.namespace]
  const claim = {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}}

  it('one that is added has its stanza at once, takes backups, and is part of the window', async () => {
    const {stdout} = await succeed(pgk(['export', ...here()]))
    const manifest: unknown = parse(stdout)
    const repos = at(manifest, 'spec', 'backups', 'pgbackrest', 'repos')
    if (!Array.isArray(repos)) throw new Error('the manifest has no repositories')
    repos.push({name: 'repo2', volume: {volumeClaimSpec: claim}})
    const applied = await succeed(pgk(['apply', '-f', '-', '--yes'], {stdin: stringify(manifest)}))
    expect(applied.stderr).toContain('repo2 will be added')
    const made = await json(pgk(['backup', ...here(), '--repo', '2', '-o', 'json']))
    // There was nothing to build on in that repository.
    expect(made).toMatchObject({repo: 'repo2', type: 'full'})
    const window = await json(pgk(['backup', 'window', ...here(), '-o', 'json']))
    expect(at(window, 'windows', 0)).toMatchObject({repos: [1, 2], gaps: []})
    const verified = await json(pgk(['backup', 'verify', ...here(), '-o', 'json']))
    expect(list(verified, 'items').map(item => text(item, 'repo'))).toEqual(['repo1', 'repo2'])
  })

  it('give recovery a file that only one of them still has', async () => {
    await query(cluster, 'create table t(n int)')
    for (const n of [1, 2, 3]) await query(cluster, `insert into t values (${n}); select pg_switch_wal()`)
    // Answers once the WAL up to now is in every repository.
    await succeed(pgk(['backup', 'verify', ...here()]))
    const lose =
      'cd /pgbackrest/repo1/archive/db/17-1/0000000100000000 && rm $(ls | grep -E "^[0-9A-F]{24}-" | sort | tail -n 3 | head -n 1)'
    const pod = `${cluster.name}-repo-host-0`
    await succeed(kubectl(['exec', pod, '-n', cluster.namespace, '-c', 'pgbackrest', '--', 'sh', '-c', lose]))
    const sql = 'do $$ begin assert (select count(*) from t) = 3; end $$;'
    const args = ['backup', 'verify', ...here(), '--drill', '--repo', '1', '--sql', '-', '-o', 'json']
    const drill = await json(pgk(args, {stdin: sql}))
    expect(drill).toMatchObject({repo: 'repo1', passed: true})
  })

  it('cannot become another one under the same name, and nothing is touched', async () => {
    const {stdout} = await succeed(pgk(['export', ...here()]))
    const changed = stdout.replace(/name: repo2\n\s+volume:[\s\S]*?storage: 1Gi/, match =>
      match.replace(/volume:[\s\S]*/, 's3: {bucket: b, endpoint: s3.example.com, region: r}'),
    )
    expect(changed).toContain('s3.example.com')
    const refused = await pgk(['apply', '-f', '-', '--yes'], {stdin: changed})
    expect(refused.code).toBe(6)
    expect(refused.stderr).toContain('would be another repository under the same name')
    const config = [
      'get',
      'configmap',
      `${cluster.name}-pgbackrest-config`,
      '-n',
      cluster.namespace,
      '-o',
      'yaml',
    ]
    expect((await succeed(kubectl(config))).stdout).not.toContain('s3.example.com')
  })
})
