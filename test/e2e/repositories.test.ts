import {describe, expect, it} from 'vitest'
import {parse, stringify} from 'yaml'
import {at, list, text} from '../../src/lib/observe/fields.ts'
import {useCluster} from './support/cluster.ts'
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
