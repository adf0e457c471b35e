import {readFileSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {parse, stringify} from 'yaml'
import {list, text} from '../../src/lib/observe/fields.ts'
import {query, resourceVersions, roles, status} from './support/cluster.ts'
import {createNamespace, deleteNamespace, json, kubectl, pgk, succeed} from './support/commands.ts'
import {remains} from './support/manifest.ts'

const selector = 'postgres-operator.crunchydata.com/cluster=rhino'

/** The manifest as it stands, with only what the suite was given. */
function given(): string {
  const manifest = readFileSync(new URL('manifests/rhino.yaml', import.meta.url), 'utf8')
  const [image, storageClass] = [inject('image'), inject('storageClass')]
  return manifest
    .replace('spec:\n', image === '' ? 'spec:\n' : `spec:\n  image: ${image}\n`)
    .replaceAll(
      /^( +)accessModes:/gm,
      storageClass === '' ? '$1accessModes:' : `$1storageClassName: ${storageClass}\n$1accessModes:`,
    )
}

/** The manifest with a change that its author makes later. */
function edited(
  change: (spec: {instances: {replicas: number}[]; config: {parameters: object}}) => void,
): string {
  const manifest = parse(given())
  change(manifest.spec)
  return stringify(manifest)
}

describe('a manifest written for PGO', () => {
  const cluster = {namespace: '', name: 'rhino'}
  beforeAll(async () => {
    cluster.namespace = await createNamespace('manifest')
  })
  afterAll(async () => {
    await pgk(['delete', 'cluster', 'rhino', ...here(), '--purge', '--confirm', 'rhino'])
    await deleteNamespace(cluster.namespace)
  })
  const here = (): string[] => ['-n', cluster.namespace]
  const apply = (stdin: string, ...more: string[]) => pgk(['apply', '-f', '-', ...here(), ...more], {stdin})
  const names = async (kind: string): Promise<string[]> => {
    const found = await json(kubectl(['get', kind, ...here(), '-l', selector, '-o', 'json']))
    return list(found, 'items')
      .map(item => text(item, 'metadata', 'name') ?? '')
      .sort()
  }

  it('applies unchanged, and its two sets make one cluster', async () => {
    await succeed(apply(given()))
    const found = await status(cluster)
    expect(text(found, 'verdict', 'level')).toBe('ok')
    expect(roles(found)).toEqual(['leader', 'replica', 'replica'])
    expect(await names('statefulsets')).toEqual([
      'rhino-oltp-1',
      'rhino-oltp-2',
      'rhino-repo-host',
      'rhino-reports-1',
    ])
  })

  it('sets the parameters, those of Patroni’s dynamic configuration too', async () => {
    const sql = `select string_agg(name || '=' || current_setting(name), ' ' order by name) from pg_settings
      where name in ('max_connections', 'shared_buffers', 'work_mem', 'track_io_timing')`
    expect(await query(cluster, sql)).toBe(
      'max_connections=60 shared_buffers=32MB track_io_timing=on work_mem=8MB',
    )
  })

  it('makes the users with their databases and Secrets', async () => {
    const sql = `select string_agg(datname, ' ' order by datname) from pg_database where not datistemplate`
    expect(await query(cluster, sql)).toBe('enclosures postgres visitors')
    expect(await names('secrets')).toEqual(
      expect.arrayContaining(['rhino-pguser-keeper', 'rhino-pguser-reader']),
    )
  })

  it('makes a CronJob of each schedule', async () => {
    const found = await json(kubectl(['get', 'cronjobs', ...here(), '-l', selector, '-o', 'json']))
    const schedules = list(found, 'items').map(item => [
      text(item, 'metadata', 'name'),
      text(item, 'spec', 'schedule'),
    ])
    expect(schedules.sort()).toEqual([
      ['rhino-repo1-diff', '0 1 * * 1-6'],
      ['rhino-repo1-full', '0 1 * * 0'],
    ])
  })

  it('applied again changes nothing', async () => {
    const before = await resourceVersions(cluster)
    expect((await succeed(apply(given()))).stderr).toMatch(/is as described/)
    expect(await resourceVersions(cluster)).toEqual(before)
  })

  it('with a parameter for start and a third replica restarts one instance at a time', async () => {
    const later = edited(spec => {
      spec.config.parameters = {...spec.config.parameters, max_connections: 70}
      const [oltp] = spec.instances
      if (oltp) oltp.replicas = 3
    })
    let applying = true
    const applied = apply(later, '--yes').finally(() => {
      applying = false
    })
    const before = new Set(['rhino-oltp-1', 'rhino-oltp-2', 'rhino-reports-1'])
    // While the leader restarts, every replica that serves has nobody to stream from.
    const serving = new Set(['running', 'streaming', 'not streaming', 'stalled', 'in archive recovery'])
    let worst = 0
    while (applying) {
      const down = list(await status(cluster), 'instances').filter(
        instance => before.has(text(instance, 'name') ?? '') && !serving.has(text(instance, 'state') ?? ''),
      )
      worst = Math.max(worst, down.length)
    }
    expect((await succeed(applied)).stderr).toMatch(/max_connections is read at start only/)
    expect(worst).toBeLessThanOrEqual(1)
    const found = await status(cluster)
    expect(text(found, 'verdict', 'level')).toBe('ok')
    expect(roles(found)).toEqual(['leader', 'replica', 'replica', 'replica'])
    expect(await query(cluster, 'show max_connections')).toBe('70')
  })

  it('with an instance less asks for the name, and keeps the volume', async () => {
    const later = edited(spec => {
      spec.config.parameters = {...spec.config.parameters, max_connections: 70}
    })
    const volumes = await names('persistentvolumeclaims')
    const unasked = await apply(later, '--yes')
    expect(unasked.code).toBe(3)
    expect(unasked.stderr).toMatch(/1 instance of the set oltp will be removed; the volumes stay/)
    await succeed(apply(later, '--confirm', 'rhino'))
    const found = await status(cluster)
    expect(roles(found)).toEqual(['leader', 'replica', 'replica'])
    expect(await names('statefulsets')).toHaveLength(4)
    expect(await names('persistentvolumeclaims')).toEqual(volumes)
  })

  it('deleted keeps its volumes, and says which', async () => {
    const volumes = await names('persistentvolumeclaims')
    const deleted = await succeed(pgk(['delete', 'cluster', 'rhino', ...here(), '--confirm', 'rhino']))
    for (const volume of volumes) expect(deleted.stdout).toContain(volume)
    expect(await names('persistentvolumeclaims')).toEqual(volumes)
    expect(await names('pods,statefulsets,services,configmaps,cronjobs,jobs')).toEqual([])
    expect((await pgk(['status', 'rhino', ...here()])).code).toBe(5)
  })

  it('is not made again over volumes that hold data', async () => {
    const refused = await apply(given())
    expect(refused.code).toBe(6)
    expect(refused.stderr).toMatch(/PGK_VOLUMES_LEFT/)
    expect(refused.stderr).toMatch(/rhino-oltp-1-pgdata/)
  })

  it('purged leaves nothing', async () => {
    const purged = await succeed(
      pgk(['delete', 'cluster', 'rhino', ...here(), '--purge', '--confirm', 'rhino']),
    )
    expect(purged.stderr).toMatch(/LOST FOR GOOD: .*rhino-oltp-1-pgdata/)
    expect(await remains(cluster.namespace)).toEqual([])
  })
})
