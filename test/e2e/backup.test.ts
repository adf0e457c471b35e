import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {at, count, list, text} from '../../src/lib/observe/fields.ts'
import {eventually, query, status, useCluster} from './support/cluster.ts'
import {json, kubectl, pgk, succeed} from './support/commands.ts'
import {startWriter} from './support/writer.ts'

describe('pgk backup, with a writer running', () => {
  const cluster = useCluster('backup', ['--replicas', '1'])
  const here = (): string[] => [cluster.name, '-n', cluster.namespace]
  const backups = async (): Promise<readonly unknown[]> =>
    list(await json(pgk(['backup', 'list', ...here(), '-o', 'json'])), 'items')
  let writer: {stop(): Promise<void>} | undefined
  beforeAll(async () => {
    writer = await startWriter(cluster, `${cluster.name}-pg-1-0`)
  })
  afterAll(() => writer?.stop())

  it.each(['full', 'diff', 'incr'])('makes a %s backup and prints it as scripts get it', async type => {
    const made = await json(
      pgk(['backup', ...here(), '--type', type, '--annotation', `why=test ${type}`, '-o', 'json']),
    )
    expect(made).toMatchObject({kind: 'Backup', type, repo: 'repo1', error: null, timeline: 1})
    expect(at(made, 'annotations')).toMatchObject({why: `test ${type}`})
    expect(count(made, 'sizeBytes')).toBeGreaterThan(1_000_000)
    const newest = (await backups()).at(-1)
    expect(newest).toMatchObject({label: text(made, 'label'), walStart: text(made, 'walStart')})
    // What an incremental one builds on is what was made before it.
    const references = list(newest, 'references').length
    expect(references).toBe({full: 0, diff: 1, incr: 2}[type])
  })

  it('finds one window that goes on, from the first backup to now, while rows are written', async () => {
    const found = await json(pgk(['backup', 'window', ...here(), '-o', 'json']))
    expect(list(found, 'windows')).toHaveLength(1)
    expect(list(found, 'gaps')).toEqual([])
    expect(at(found, 'windows', 0)).toMatchObject({open: true, timeline: 1, repos: [1]})
    expect(
      Number(await query(cluster, `\\c ${cluster.name}\nselect count(*) from written;`)),
    ).toBeGreaterThan(100)
  })

  it('takes up a backup that runs in place of starting a second one', async () => {
    const begun = await succeed(pgk(['backup', ...here(), '--type', 'full', '--no-wait']))
    const job = /Job (\S+?),/.exec(begun.stderr)?.[1]
    expect(job).toBeDefined()
    const again = pgk(['backup', ...here(), '--type', 'full', '-o', 'json'])
    const other = await pgk(['backup', ...here(), '--type', 'incr'])
    const made = await again
    // Both came while it ran, or it was quicker than they were: then they made their own.
    if (made.stderr.includes(`following Job ${job}`)) {
      expect(text(JSON.parse(made.stdout), 'annotations', 'pgk-job')).toBe(job)
    }
    expect(other.code === 0 || other.stderr.includes('PGK_BACKUP_RUNNING')).toBe(true)
  })

  it('refuses what cannot be made, each with its code, and starts nothing', async () => {
    const jobs = async (): Promise<number> =>
      list(await json(kubectl(['get', 'jobs', '-n', cluster.namespace, '-o', 'json'])), 'items').length
    const before = await jobs()
    expect(await pgk(['backup', ...here(), '--repo', '4'])).toMatchObject({code: 2})
    expect(await pgk(['backup', ...here(), '--annotation', 'nothing'])).toMatchObject({code: 2})
    expect(await pgk(['backup', 'no-such-cluster', '-n', cluster.namespace])).toMatchObject({code: 5})
    expect(await jobs()).toBe(before)
  })

  it('goes on when pgk is killed, and ends in the list', async () => {
    const before = text((await backups()).at(-1), 'label')
    const killed = await pgk(['backup', ...here(), '--type', 'full'], {
      killOn: line => line.includes('… Copied'),
    })
    expect(killed.code).toBeNull()
    await eventually(
      async () => (text((await backups()).at(-1), 'label') === before ? undefined : true),
      60,
      () => 'the backup did not go on',
    )
  })

  it('says which other process holds the repository, and that pgBackRest was told to stop', async () => {
    const host = ['exec', `${cluster.name}-repo-host-0`, '-n', cluster.namespace, '-c', 'pgbackrest', '--']
    const shell = (script: string) => kubectl([...host, 'sh', '-c', script])
    const lock = shell('flock -x /pgbackrest/repo1/lock/db-backup-1.lock sleep 15')
    const held = await pgk(['backup', ...here()])
    expect([held.code, held.stderr]).toEqual([6, expect.stringContaining('PGK_BACKUP_LOCKED')])
    await lock
    await succeed(shell('pgbackrest --stanza=db stop'))
    const stopped = await pgk(['backup', ...here()])
    expect([stopped.code, stopped.stderr]).toEqual([6, expect.stringContaining('PGK_STANZA_STOPPED')])
    await succeed(shell('pgbackrest --stanza=db start'))
  })

  it('finds a WAL file that was deleted from the archive, and what that costs', async () => {
    const host = ['exec', `${cluster.name}-repo-host-0`, '-n', cluster.namespace, '-c', 'pgbackrest', '--']
    const shell = (script: string) => succeed(kubectl([...host, 'sh', '-c', script]))
    const newest = text((await backups()).at(-1), 'walStop') ?? ''
    // Two segments after the newest backup, so that no set starts behind the one that goes.
    await query(cluster, 'select pg_switch_wal(); checkpoint;')
    const next = (Number.parseInt(newest.slice(16), 16) + 1).toString(16).toUpperCase().padStart(8, '0')
    const victim = `${newest.slice(0, 16)}${next}`
    const folder = `/pgbackrest/repo1/archive/db/17-1/${victim.slice(0, 16)}`
    await eventually(
      async () => {
        await query(cluster, 'select pg_switch_wal();')
        const {stdout} = await shell(`ls ${folder}`)
        return stdout.split('\n').filter(file => /^[0-9A-F]{24}-/.test(file) && file.slice(0, 24) > victim)
          .length > 1
          ? true
          : undefined
      },
      60,
      () => 'the archive does not grow',
    )
    await shell(`mkdir -p /tmp/kept && mv ${folder}/${victim}-* /tmp/kept/`)
    const broken = await json(pgk(['backup', 'window', ...here(), '-o', 'json']))
    expect(list(broken, 'gaps')).toMatchObject([{reason: 'missing-wal', missing: {first: victim, count: 1}}])
    expect(at(broken, 'windows', 0, 'open')).toBe(false)
    expect(count(broken, 'rpoSeconds')).toBeGreaterThan(0)
    const found = await status(cluster)
    expect(JSON.stringify(at(found, 'verdict', 'reasons'))).toContain(victim)
    await shell(`mv /tmp/kept/* ${folder}/`)
    const mended = await json(pgk(['backup', 'window', ...here(), '-o', 'json']))
    expect(list(mended, 'gaps')).toEqual([])
  })

  it('verifies every set once, and then only what is new', async () => {
    const first = await json(pgk(['backup', 'verify', ...here(), '-o', 'json']))
    expect(first).toMatchObject({valid: true, archivingError: null})
    expect(list(first, 'items').every(item => at(item, 'cached') === false)).toBe(true)
    const base = await json(pgk(['backup', ...here(), '--type', 'diff', '-o', 'json']))
    const made = await json(pgk(['backup', ...here(), '--type', 'incr', '-o', 'json']))
    const second = await json(pgk(['backup', 'verify', ...here(), '-o', 'json']))
    // What the new set builds on may be read once more; the others are not.
    const read = list(second, 'items').filter(item => at(item, 'cached') === false)
    const chain = [text(made, 'label'), ...list(made, 'references')]
    expect(read.map(item => text(item, 'label'))).toEqual(
      expect.arrayContaining([text(base, 'label'), text(made, 'label')]),
    )
    expect(read.every(item => chain.includes(text(item, 'label')))).toBe(true)
    expect(list(second, 'items').length).toBeGreaterThan(read.length)
  })

  it('verify tells a damaged file, exits 8 and spoils what builds on it', async () => {
    const host = ['exec', `${cluster.name}-repo-host-0`, '-n', cluster.namespace, '-c', 'pgbackrest', '--']
    const full = text(
      (await backups()).findLast(one => text(one, 'type') === 'incr'),
      'references',
      0,
    )
    if (full === undefined) throw new Error('no incremental backup')
    const spoil =
      `f=$(ls /pgbackrest/repo1/backup/db/${full}/bundle/1); cp "$f" /tmp/good; ` +
      'dd if=/dev/zero of="$f" bs=1 seek=5000 count=64 conv=notrunc'
    await succeed(kubectl([...host, 'sh', '-c', spoil]))
    const found = await pgk(['backup', 'verify', ...here(), '--all', '-o', 'json'])
    expect(found.code).toBe(8)
    const bad = list(JSON.parse(found.stdout), 'items').filter(item => at(item, 'valid') === false)
    expect(bad.map(item => text(item, 'label')).every(label => label?.startsWith(full))).toBe(true)
    expect(bad.length).toBeGreaterThan(1)
    await succeed(
      kubectl([...host, 'sh', '-c', `cat /tmp/good > /pgbackrest/repo1/backup/db/${full}/bundle/1`]),
    )
    expect((await pgk(['backup', 'verify', ...here(), '--all'])).code).toBe(0)
  })

  it('a schedule of every minute makes backups unattended, one at a time, until it is suspended', async () => {
    const schedule = (args: readonly string[]) => succeed(pgk(['backup', 'schedule', ...args, '-o', 'json']))
    const set = await schedule(['set', ...here(), '--type', 'incr', '--cron', '* * * * *'])
    expect(at(JSON.parse(set.stdout), 'items', 0)).toMatchObject({
      words: 'Every minute, every hour, every day',
      timeZone: 'UTC',
      state: 'active',
    })
    const before = (await backups()).length
    await eventually(
      async () => ((await backups()).length >= before + 2 ? true : undefined),
      150,
      () => 'fewer than two scheduled backups',
    )
    const cronJob = await json(
      kubectl(['get', 'cronjob', `${cluster.name}-repo1-incr`, '-n', cluster.namespace, '-o', 'json']),
    )
    expect(at(cronJob, 'spec')).toMatchObject({
      concurrencyPolicy: 'Forbid',
      timeZone: 'Etc/UTC',
      suspend: false,
    })
    const suspended = await schedule(['suspend', ...here()])
    expect(at(JSON.parse(suspended.stdout), 'items', 0)).toMatchObject({state: 'suspended', nextRuns: []})
    const resting = await json(
      kubectl(['get', 'cronjob', `${cluster.name}-repo1-incr`, '-n', cluster.namespace, '-o', 'json']),
    )
    expect(at(resting, 'spec', 'suspend')).toBe(true)
    const resumed = await schedule(['resume', ...here()])
    expect(at(JSON.parse(resumed.stdout), 'items', 0, 'state')).toBe('active')
    const removed = await schedule(['remove', ...here()])
    expect(list(JSON.parse(removed.stdout), 'items')).toEqual([])
    const gone = await kubectl(['get', 'cronjob', `${cluster.name}-repo1-incr`, '-n', cluster.namespace])
    expect(gone.code).not.toBe(0)
  })

  it('expire only looks, until the name is given; then it removes what it said', async () => {
    const look = await json(pgk(['backup', 'expire', ...here(), '--retention-full', '1', '-o', 'json']))
    const doomed = list(look, 'repos', 0, 'backups')
    expect(at(look, 'dryRun')).toBe(true)
    expect(doomed.length).toBeGreaterThan(0)
    const before = (await backups()).length
    expect(await pgk(['backup', 'expire', ...here(), '--confirm', 'other'])).toMatchObject({code: 3})
    expect((await backups()).length).toBe(before)
    const confirm = ['--retention-full', '1', '--confirm', cluster.name, '-o', 'json']
    await succeed(pgk(['backup', 'expire', ...here(), ...confirm]))
    const left = (await backups()).map(one => text(one, 'label'))
    expect(left).toHaveLength(before - doomed.length)
    expect(left.some(label => doomed.includes(label))).toBe(false)
    const {stdout} = await succeed(pgk(['export', ...here()]))
    expect(stdout).toMatch(/repo1-retention-full: ["']1["']/)
  })
})
