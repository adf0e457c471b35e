import {describe, expect, it} from 'vitest'
import {count, flag, list, text} from '../../src/lib/observe/fields.ts'
import {resourceVersions, roles, status, useCluster} from './support/cluster.ts'
import {createFlags, kubectl, pgk, succeed} from './support/commands.ts'

describe('pgk create cluster', () => {
  const cluster = useCluster('create')
  const here = (): string[] => ['-n', cluster.namespace]

  it('says how to connect, on stdout, and keeps progress on stderr', () => {
    expect(cluster.created.stdout).toContain('pgk psql hippo')
    expect(cluster.created.stderr).toMatch(/leader/i)
    expect(cluster.created.stdout + cluster.created.stderr).not.toMatch(/\bat .*\.js:\d+/)
  })

  it('ends with one leader, two streaming replicas without lag, one full backup and an open window', async () => {
    const found = await status(cluster)
    expect(roles(found)).toEqual(['leader', 'replica', 'replica'])
    for (const instance of list(found, 'instances')) {
      if (text(instance, 'role') === 'leader') continue
      expect(text(instance, 'state')).toBe('streaming')
      expect(count(instance, 'replayLagBytes')).toBe(0)
    }
    expect(text(found, 'verdict', 'level')).toBe('ok')
    expect(text(found, 'recoverability', 'lastBackup', 'full')).toMatch(/^\d{4}-/)
    expect(list(found, 'recoverability', 'windows')).toHaveLength(1)
    expect(flag(list(found, 'recoverability', 'windows')[0], 'open')).toBe(true)
    expect(text(found, 'apiVersion')).toBe('pgk/v1')
  })

  it('shows the same in one screen of text', async () => {
    const {stdout} = await succeed(pgk(['status', 'hippo', ...here()]))
    expect(stdout).toContain('hippo-pg-1')
    expect(stdout).toMatch(/leader/)
    expect(stdout).toMatch(/streaming/)
  })

  it('leaves nothing to do: a second create says so and writes nothing', async () => {
    const before = await resourceVersions(cluster)
    const again = await succeed(
      pgk(['create', 'cluster', 'hippo', ...here(), ...createFlags(), '--replicas', '3']),
    )
    expect(again.stdout + again.stderr).toMatch(/already|unchanged|nothing to do/i)
    expect(await resourceVersions(cluster)).toEqual(before)
  })

  it('refuses a create that means something else, shows the difference, and points to apply', async () => {
    const other = await pgk(['create', 'cluster', 'hippo', ...here(), ...createFlags(), '--replicas', '2'])
    expect(other.code).toBe(6)
    expect(other.stderr).toMatch(/replicas/)
    expect(other.stderr).toMatch(/pgk apply/)
  })

  it('applies its own export without a change', async () => {
    const exported = await succeed(pgk(['export', 'hippo', ...here()]))
    expect((await pgk(['diff', ...here(), '-f', '-'], {stdin: exported.stdout})).code).toBe(0)
    const before = await resourceVersions(cluster)
    await succeed(pgk(['apply', ...here(), '-f', '-'], {stdin: exported.stdout}))
    expect(await resourceVersions(cluster)).toEqual(before)
  })

  it('is listed', async () => {
    const listed = JSON.parse((await succeed(pgk(['list', ...here(), '-o', 'json']))).stdout) as unknown
    expect(list(listed, 'items').map(item => text(item, 'metadata', 'name'))).toEqual(['hippo'])
  })

  it('is an ordinary set of objects for kubectl: list, describe, exec', async () => {
    const pods = await succeed(kubectl(['get', 'pods', ...here(), '-o', 'wide']))
    expect(pods.stdout).toMatch(/hippo-pg-1-0\s+2\/2\s+Running/)
    const described = await succeed(kubectl(['describe', 'pod', 'hippo-pg-1-0', ...here()]))
    expect(described.stdout).toMatch(/Node:\s+\S+/)
    const version = await succeed(
      kubectl(['exec', 'hippo-pg-1-0', '-c', 'database', ...here(), '--', 'psql', '-XAtc', 'select 6*7']),
    )
    expect(version.stdout.trim()).toBe('42')
    const failing = await kubectl([
      'exec',
      'hippo-pg-1-0',
      '-c',
      'database',
      ...here(),
      '--',
      'sh',
      '-c',
      'exit 7',
    ])
    expect(failing.code).toBe(7)
  })
})
