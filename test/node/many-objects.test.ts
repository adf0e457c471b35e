import {existsSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {listOf, readPath} from '../../src/lib/sandbox/apiserver/json.ts'
import {bringDown, runningDaemon} from '../../src/lib/sandbox/host/down.ts'
import {sandboxPaths} from '../../src/lib/sandbox/host/paths.ts'
import {signalProcess} from '../../src/lib/sandbox/host/processes.ts'
import {bringUp} from '../../src/lib/sandbox/host/up.ts'
import {waitUntil} from '../../src/lib/sandbox/host/wait.ts'
import {type Api, connectApi, parallel} from '../bench/sandbox/api.ts'
import {timed} from '../bench/sandbox/figures.ts'

const name = 'manytest'
const paths = sandboxPaths(name, {})
const count = 5000
const path = '/api/v1/namespaces/many/configmaps'

const up = () =>
  bringUp({name, paths, nodes: 1, range: '10.239.0.0/16', images: [], progress: () => undefined})
const down = () => bringDown({name, paths, purge: true, progress: () => undefined})

let api: Api
let listed: string[] = []

const nameOf = (n: number) => `c-${String(n).padStart(4, '0')}`
const ask = async (where: string): Promise<unknown> => JSON.parse((await api.send('GET', where)).toString())
/** What the namespace has of its own, its copy of the authority, left out. */
const isOurs = (object: unknown): boolean => String(readPath(object, 'metadata.name')).startsWith('c-')
const identityOf = (object: unknown): string =>
  ['name', 'uid', 'resourceVersion'].map(field => readPath(object, `metadata.${field}`)).join(' ')
const identities = (list: unknown): string[] => listOf(readPath(list, 'items')).filter(isOurs).map(identityOf)
const versionOf = (list: unknown): string => String(readPath(list, 'metadata.resourceVersion'))

/** The events of a watch as `TYPE name`, read while the caller goes on. */
async function follow(query: string): Promise<{events: string[]; end: () => void}> {
  const events: string[] = []
  const end = await api.watch(`${path}?watch=1&${query}`, line => {
    const event: unknown = JSON.parse(line)
    const object = readPath(event, 'object')
    if (isOurs(object)) events.push(`${readPath(event, 'type')} ${readPath(object, 'metadata.name')}`)
  })
  return {events, end}
}

beforeAll(async () => {
  await down()
  api = connectApi((await up()).kubeconfig)
  await api.send('POST', '/api/v1/namespaces', {metadata: {name: 'many'}})
  const object = (n: number) => ({
    metadata: {name: nameOf(n), labels: {shard: String(n % 50)}},
    data: {text: 'x'.repeat(500)},
  })
  await parallel(count, 8, n => api.send('POST', path, object(n)))
})
afterAll(async () => {
  api?.agent.destroy()
  await down()
})

// The bounds are many times what a quiet machine needs (test/bench/sandbox.ts): they notice what grows with the square.
describe(`a sandbox with ${count} objects`, () => {
  test('lists them all at once, in order, and by label', async () => {
    const took = await timed(async () => {
      listed = identities(await ask(path))
    })
    expect(listed.map(line => line.split(' ')[0])).toEqual(Array.from({length: count}, (_, n) => nameOf(n)))
    expect(took).toBeLessThan(3000)
    expect(identities(await ask(`${path}?labelSelector=shard%3D7`))).toEqual(
      listed.filter((_, n) => n % 50 === 7),
    )
  })

  test('lists the same in pages, although an object goes meanwhile', async () => {
    const paged: string[] = []
    for (let token = ''; ; ) {
      const page = await ask(`${path}?limit=500&continue=${token}`)
      if (token === '') await api.send('DELETE', `${path}/${nameOf(count - 1)}`)
      paged.push(...identities(page))
      token = String(readPath(page, 'metadata.continue') ?? '')
      if (token === '') break
    }
    expect(paged).toEqual(listed)
    listed = identities(await ask(path))
    expect(listed).toHaveLength(count - 1)
  })

  test('shows a watch everything that is there, and delivers a change at once', async () => {
    const everything = await follow('resourceVersion=0')
    const changes = await follow(`resourceVersion=${versionOf(await ask(`${path}?limit=1`))}`)
    await expect.poll(() => everything.events.length, {timeout: 10_000}).toBe(count - 1)
    const took = await timed(async () => {
      await api.send('PATCH', `${path}/${nameOf(0)}`, {data: {n: '1'}}, 'application/merge-patch+json')
      await expect.poll(() => changes.events, {interval: 5}).toEqual([`MODIFIED ${nameOf(0)}`])
    })
    expect(took).toBeLessThan(1000)
    expect(everything.events.at(-1)).toBe(`MODIFIED ${nameOf(0)}`)
    for (const {end} of [everything, changes]) end()
  })

  test('is back soon after its daemon was killed, with every object as it was, and watches go on', async () => {
    const before = await ask(path)
    const daemon = await runningDaemon(name, paths)
    if (daemon === undefined) throw new Error('no daemon')
    signalProcess(daemon, 'SIGKILL')
    await waitUntil(() => !existsSync(`/proc/${daemon}`), 5000)
    expect(await timed(up)).toBeLessThan(10_000)
    expect(identities(await ask(path))).toEqual(identities(before))
    const resumed = await follow(`resourceVersion=${versionOf(await ask(path))}`)
    await api.send('DELETE', `${path}/${nameOf(1)}`)
    await expect.poll(() => resumed.events).toEqual([`DELETED ${nameOf(1)}`])
    resumed.end()
  })

  test('removes them all with their namespace', async () => {
    await api.send('DELETE', '/api/v1/namespaces/many')
    await expect
      .poll(() => api.send('GET', '/api/v1/namespaces/many').then(String, String), {timeout: 60_000})
      .toContain('404')
    expect(identities(await ask(path))).toEqual([])
  })
})
