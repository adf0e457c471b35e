import {spawn} from 'node:child_process'
import {afterEach, describe, expect, inject, it} from 'vitest'
import {at, list, text} from '../../src/lib/observe/fields.ts'
import {eventually} from './support/cluster.ts'
import {json, kubectl, pgk, succeed} from './support/commands.ts'
import * as broken from './support/faults.ts'
import {lease, useShortLeases} from './support/short-leases.ts'

describe.skipIf(!broken.mayBreak())(
  'an API server that misbehaves, under a cluster that takes writes',
  () => {
    const cluster = useShortLeases('apifaults')
    const here = (): string[] => ['-n', cluster.namespace]
    afterEach(async () => {
      await broken.undoAll()
      await broken.healed(cluster)
    })

    const addresses = async (): Promise<Map<string, string>> => {
      const selector = `postgres-operator.crunchydata.com/cluster=${cluster.name}`
      const pods = await json(kubectl(['get', 'pods', ...here(), '-l', selector, '-o', 'json']))
      const found = list(pods, 'items').map((pod): [string, string] => [
        text(pod, 'metadata', 'name') ?? '',
        text(pod, 'status', 'podIP') ?? '',
      ])
      return new Map(found.filter(([name]) => /-pg-\d-0$/.test(name)))
    }
    const addressOfLeader = async (): Promise<string> =>
      (await addresses()).get(`${await broken.leaderOf(cluster)}-0`) ?? ''

    it.each(['silent', 'down', '500', '409'])(
      '%s for longer than a lease: nobody takes writes, until it is well again',
      async mode => {
        const all = [...(await addresses()).values()]
        expect(all).toHaveLength(3)
        const leaders = async (): Promise<number> =>
          (await Promise.all(all.map(broken.takesWrites))).filter(Boolean).length
        expect(await leaders()).toBe(1)
        await broken.fault(['api', mode])
        expect(await broken.brokenNow()).toEqual([expect.stringContaining('API server')])
        await eventually(
          async () => ((await leaders()) === 0 ? true : undefined),
          lease + 15,
          () => 'somebody still takes writes',
        )
        await broken.undoAll()
        await eventually(
          async () => ((await leaders()) === 1 ? true : undefined),
          60,
          () => 'nobody takes writes',
        )
      },
    )

    it('silent: pgk says so in time instead of waiting for ever', async () => {
      await broken.fault(['api', 'silent'])
      const waited = await pgk(['status', 'hippo', ...here()])
      await broken.undoAll()
      expect(waited.code).not.toBe(0)
      expect(waited.stderr).toMatch(/^Error: .*did not answer in time/m)
      expect(waited.seconds).toBeLessThan(60)
    })

    it('slow: every answer is late by so much, and the leader stays', async () => {
      const before = await addressOfLeader()
      await broken.fault(['api', 'slow', '--delay', '1500ms'])
      const late = await succeed(kubectl(['get', '--raw', '/version']))
      expect(late.seconds).toBeGreaterThan(1.5)
      // Several rounds of Patroni, each of which waits for its answers.
      await new Promise(resolve => setTimeout(resolve, lease * 1000))
      expect(await broken.takesWrites(before)).toBe(true)
      await broken.undoAll()
      expect((await succeed(kubectl(['get', '--raw', '/version']))).seconds).toBeLessThan(1.5)
    })

    it('429 for less than a lease: pgk asks again until it is let in, and the leader stays', async () => {
      const before = await addressOfLeader()
      await broken.fault(['api', '429', '--for', '3s'])
      const refused = await kubectl(['get', '--raw', '/version', '-v', '6'])
      expect(refused.stderr).toContain('429')
      await broken.fault(['api', '429', '--for', '3s'])
      const {seconds} = await succeed(pgk(['status', 'hippo', ...here()]))
      expect(seconds).toBeGreaterThan(1)
      expect(await broken.takesWrites(before)).toBe(true)
    })

    it('watch-drop: watches end early and Patroni goes on with new ones', async () => {
      const before = await addressOfLeader()
      const ended = (): Promise<number> => {
        const started = performance.now()
        const path = `/api/v1/namespaces/${cluster.namespace}/pods?watch=1&timeoutSeconds=8`
        const env = {...process.env, KUBECONFIG: inject('kubeconfig')}
        const child = spawn('kubectl', ['get', '--raw', path], {env, stdio: 'ignore'})
        return new Promise(resolve => child.once('close', () => resolve(performance.now() - started)))
      }
      await broken.fault(['api', 'watch-drop', '--delay', '700ms'])
      expect(await ended()).toBeLessThan(5000)
      await new Promise(resolve => setTimeout(resolve, lease * 1000))
      expect(await broken.takesWrites(before)).toBe(true)
      await broken.undoAll()
      expect(await ended()).toBeGreaterThan(7000)
    })

    it('409: a change is refused as a conflict, and made once it is over', async () => {
      const label = ['label', 'service', 'hippo-primary', ...here(), '--overwrite', 'tried=yes']
      await broken.fault(['api', '409', '--for', '5s'])
      const refused = await kubectl(label)
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('has been modified')])
      await eventually(
        async () => ((await broken.brokenNow()).length === 0 ? true : undefined),
        15,
        () => 'it does not end',
      )
      await succeed(kubectl(label))
      const service = await json(kubectl(['get', 'service', 'hippo-primary', ...here(), '-o', 'json']))
      expect(at(service, 'metadata', 'labels', 'tried')).toBe('yes')
    })

    it('an API server that is away for less than a lease costs no leader, and pgk says that it is away', async () => {
      const before = await broken.leaderOf(cluster)
      await broken.fault(['api', 'down', '--for', '6s'])
      const away = await pgk(['status', 'hippo', ...here(), '-o', 'json'])
      expect(away.code).not.toBe(0)
      expect(away.stderr).toMatch(/cannot be reached/)
      await eventually(
        async () => ((await pgk(['status', 'hippo', ...here()])).code === 0 ? true : undefined),
        20,
        () => 'no status',
      )
      expect(await broken.leaderOf(cluster)).toBe(before)
    })

    it('create ends well although every watch drops, answers are late and some fail', async () => {
      await broken.fault(['api', 'watch-drop', '--delay', '500ms'])
      await broken.fault(['api', 'slow', '--delay', '50ms'])
      await broken.fault(['api', '429', '--percent', '5'])
      const args = ['create', 'cluster', 'second', ...here(), '--replicas', '1', '--no-backups']
      await succeed(pgk(args))
      await succeed(pgk(['delete', 'cluster', 'second', ...here(), '--purge', '--confirm', 'second']))
    })

    it('an API server that fails every request is told as such', async () => {
      await broken.fault(['api', '500', '--for', '3s'])
      const failed = await pgk(['status', 'hippo', ...here()])
      expect(failed.code).not.toBe(0)
      expect(failed.stderr).toMatch(/500|etcdserver|cannot be read/)
    })
  },
)
