import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {at, list, text} from '../../src/lib/observe/fields.ts'
import {eventually, query, useCluster} from './support/cluster.ts'
import {json, kubectl, pgk, succeed} from './support/commands.ts'
import {fault, mayBreak, undoAll} from './support/faults.ts'

/** More than two runs of an every-minute schedule. */
const longSeconds = 130

interface ScheduledJob {
  name: string
  active: boolean
  complete: boolean
  /** Seconds from its start to its end, or until now. */
  took: number
  createdAt: number
}

describe.skipIf(!mayBreak())('a schedule of every minute, without pgk', {timeout: 900_000}, () => {
  const cluster = useCluster('schedules', ['--replicas', '1'])
  const here = (): string[] => [cluster.name, '-n', cluster.namespace]
  const schedule = (...args: string[]) => succeed(pgk(['backup', 'schedule', ...args, '--type', 'full']))
  const labels = async (): Promise<string[]> => {
    const found = list(await json(pgk(['backup', 'list', ...here(), '-o', 'json'])), 'items')
    return found.map(each => text(each, 'label') ?? '')
  }

  /** The Jobs that the schedule started and that are still there, oldest first. */
  async function jobs(): Promise<ScheduledJob[]> {
    const found = await json(kubectl(['get', 'jobs', '-n', cluster.namespace, '-o', 'json']))
    return list(found, 'items')
      .filter(job => text(job, 'metadata', 'ownerReferences', 0, 'kind') === 'CronJob')
      .map(job => {
        const ended = text(job, 'status', 'completionTime')
        const started = Date.parse(text(job, 'status', 'startTime') ?? '')
        return {
          name: text(job, 'metadata', 'name') ?? '',
          active: at(job, 'status', 'active') === 1,
          complete: ended !== undefined,
          took: ((ended === undefined ? Date.now() : Date.parse(ended)) - started) / 1000,
          createdAt: Date.parse(text(job, 'metadata', 'creationTimestamp') ?? ''),
        }
      })
      .sort((a, b) => a.createdAt - b.createdAt)
  }
  const rest = (seconds: number) => new Promise(resolve => setTimeout(resolve, seconds * 1000))

  beforeAll(async () => {
    const bulk = `select n, repeat(md5(n::text), 8) from generate_series(1, 400000) n`
    await query(cluster, `\\c ${cluster.name}\ncreate table bulk as ${bulk}`)
    await schedule('set', ...here(), '--cron', '* * * * *')
  })
  afterAll(() => undoAll())

  it('makes full backups, and as many are kept as the document says', async () => {
    const seen = new Set(await labels())
    await eventually(
      async () => {
        for (const label of await labels()) seen.add(label)
        return seen.size > 3 ? true : undefined
      },
      300,
      () => `only ${[...seen].join(', ')}`,
    )
    // Expiry follows the backup within the same Job.
    const kept = await eventually(
      async () => ((await jobs()).some(({active}) => active) ? undefined : labels()),
      60,
      () => 'a backup does not end',
    )
    expect(kept).toEqual([...seen].sort().slice(-2))
    const window = await json(pgk(['backup', 'window', ...here(), '-o', 'json']))
    expect(list(window, 'gaps')).toEqual([])
    const oldest = list(await json(pgk(['backup', 'list', ...here(), '-o', 'json'])), 'items')[0]
    const folder = `/pgbackrest/repo1/archive/db/17-1/0000000100000000`
    const pod = [`${cluster.name}-repo-host-0`, '-n', cluster.namespace, '-c', 'pgbackrest']
    const {stdout} = await succeed(kubectl(['exec', ...pod, '--', 'ls', folder]))
    const segments = stdout.split('\n').filter(file => /^[0-9A-F]{24}-/.test(file))
    expect(segments[0]?.slice(0, 24)).toBe(text(oldest, 'walStart'))
  })

  it('starts none while one takes long, and goes on afterwards', async () => {
    let held: ScheduledJob | undefined
    while (held === undefined) {
      const running = (await jobs()).find(({active}) => active)
      const pods = ['get', 'pods', '-n', cluster.namespace, '-l', `job-name=${running?.name}`, '-o', 'json']
      const pod = running === undefined ? undefined : list(await json(kubectl(pods)), 'items').at(-1)
      if (text(pod, 'status', 'phase') !== 'Running') continue
      const name = text(pod, 'metadata', 'name') ?? ''
      const args = ['pause', name, '-n', cluster.namespace, '--for', `${longSeconds}s`]
      const paused = await fault(args).then(
        () => true,
        () => false,
      )
      // It may have ended meanwhile; the next one comes within a minute.
      held = paused ? (await jobs()).find(job => job.active && job.name === running?.name) : undefined
      if (held === undefined) await undoAll()
    }
    const {name, createdAt} = held
    const later = async (): Promise<ScheduledJob[]> => (await jobs()).filter(job => job.createdAt > createdAt)
    while ((await jobs()).some(job => job.name === name && job.active)) {
      expect(await later()).toEqual([])
      await rest(2)
    }
    const ended = (await jobs()).find(job => job.name === name)
    expect(ended?.complete).toBe(true)
    expect(ended?.took).toBeGreaterThan(2 * 60)
    await eventually(
      async () => ((await later()).some(({complete}) => complete) ? true : undefined),
      120,
      () => 'no backup after the long one',
    )
  })

  it('rests while it is suspended, and goes on when it is resumed, with one run', async () => {
    await schedule('suspend', ...here())
    const before = await eventually(
      async () => {
        const found = await jobs()
        return found.some(({active}) => active) ? undefined : found.map(({name}) => name)
      },
      120,
      () => 'the last backup does not end',
    )
    const newer = async (): Promise<string[]> =>
      (await jobs()).map(({name}) => name).filter(name => !before.includes(name))
    await rest(longSeconds)
    expect(await newer()).toEqual([])
    await schedule('resume', ...here())
    const resumedAt = Date.now()
    await eventually(
      async () => ((await newer()).length > 0 ? true : undefined),
      90,
      () => 'nothing runs after it was resumed',
    )
    const minutes = Math.floor(Date.now() / 60_000) - Math.floor(resumedAt / 60_000)
    expect((await newer()).length).toBeLessThanOrEqual(minutes + 1)
  })
})
