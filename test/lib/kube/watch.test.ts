import type {ServerResponse} from 'node:http'
import {afterEach, expect, test, vi} from 'vitest'
import {createApi} from '../../../src/lib/kube/api.ts'
import {systemClock} from '../../../src/lib/kube/clock.ts'
import {watchObjects} from '../../../src/lib/kube/watch.ts'
import type {KubeObject} from '../../../src/lib/ports.ts'
import {type Answer, failure, json, type ScriptedApi, type Seen, scriptedApi} from '../../fakes/api-server.ts'

const timing = {
  quietMilliseconds: 60,
  answerMilliseconds: 200,
  streamSeconds: 240,
  shortestBackOff: 5,
  longestBackOff: 20,
}
const pod = (name: string, version: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {name, namespace: 'db', uid: name, resourceVersion: version},
})
const list = (version: string, ...items: unknown[]) => ({metadata: {resourceVersion: version}, items})
const isWatch = (seen: Seen) => seen.query.get('watch') === 'true'
const tell = (response: ServerResponse, ...events: unknown[]) => {
  for (const event of events) response.write(`${JSON.stringify(event)}\n`)
}

let api: ScriptedApi | undefined
let stop: (() => void) | undefined
afterEach(async () => {
  stop?.()
  await api?.close()
})

async function watching(answer: Answer) {
  const started = await scriptedApi(answer)
  api = started
  const views: string[] = []
  const lost: string[] = []
  const nameAll = (objects: readonly KubeObject[]) =>
    objects.map(object => `${object.metadata.name}@${object.metadata.resourceVersion}`).join(' ')
  const watch = watchObjects(
    createApi(started.connection, {clock: systemClock}),
    {kind: {apiVersion: 'v1', kind: 'Pod'}, options: {namespace: 'db', labelSelector: 'c=h'}, timing},
    {changed: objects => views.push(nameAll(objects)), lost: reason => lost.push(reason.reason)},
  )
  stop = () => watch.stop()
  return {views, lost, seen: started.seen}
}

test('the first list, then every change, reach the listener as whole views', async () => {
  const {views, seen} = await watching((one, response) => {
    if (!isWatch(one)) return json(response, 200, list('5', pod('a', '4')))
    tell(
      response,
      {type: 'ADDED', object: pod('b', '6')},
      {type: 'BOOKMARK', object: pod('', '9')},
      {type: 'MODIFIED', object: pod('a', '10')},
      {type: 'DELETED', object: pod('b', '11')},
    )
  })
  await vi.waitFor(() => expect(views).toEqual(['a@4', 'a@4 b@6', 'a@10 b@6', 'a@10']))
  expect(seen[1]?.query.get('resourceVersion')).toBe('5')
  expect(seen[1]?.query.get('labelSelector')).toBe('c=h')
})

test('an event that arrives in two pieces is one event', async () => {
  const {views} = await watching((one, response) => {
    if (!isWatch(one)) return json(response, 200, list('5'))
    const line = `${JSON.stringify({type: 'ADDED', object: pod('ä', '6')})}\n`
    const bytes = Buffer.from(line)
    const middle = bytes.indexOf(Buffer.from('ä')) + 1
    response.write(bytes.subarray(0, middle))
    setTimeout(() => response.write(bytes.subarray(middle)), 10)
  })
  await vi.waitFor(() => expect(views).toEqual(['', 'ä@6']))
})

test('a stream that the API ends is continued where it ended, without a new list', async () => {
  let streams = 0
  const {views, seen, lost} = await watching((one, response) => {
    if (!isWatch(one)) return json(response, 200, list('5'))
    streams += 1
    tell(response, {type: 'ADDED', object: pod(`p${streams}`, String(5 + streams))})
    if (streams === 1) response.end()
  })
  await vi.waitFor(() => expect(views.at(-1)).toBe('p1@6 p2@7'))
  expect(seen.map(one => (isWatch(one) ? one.query.get('resourceVersion') : 'list'))).toEqual([
    'list',
    '5',
    '6',
  ])
  expect(lost).toEqual([])
})

test.each(['an event', 'a status'])('a version that expired, said by %s, leads to a new list', async how => {
  let lists = 0
  const {views, lost} = await watching((one, response) => {
    if (!isWatch(one)) {
      lists += 1
      return json(response, 200, list(String(lists), pod('a', String(lists))))
    }
    const gone = failure(410, 'Expired', 'too old resource version')
    if (lists > 1) response.write('\n')
    else if (how === 'a status') json(response, 410, gone)
    else tell(response, {type: 'ERROR', object: gone})
  })
  await vi.waitFor(() => expect(views).toEqual(['a@1', 'a@2']))
  expect(lost).toEqual([])
})

test('a dropped connection is mended by a list, and only a list that fails counts as lost', async () => {
  let down = false
  let streams = 0
  const {views, lost} = await watching((one, response, request) => {
    if (down) return void request.socket.destroy()
    if (!isWatch(one)) return json(response, 200, list('5', pod('a', '5')))
    streams += 1
    response.write('\n')
    if (streams === 1) setTimeout(() => request.socket.destroy(), 5)
    if (streams === 2) {
      down = true
      setTimeout(() => request.socket.destroy(), 5)
    }
  })
  await vi.waitFor(() => expect(lost.join()).toContain('the Kubernetes API cannot be reached'), {
    timeout: 4000,
  })
  down = false
  const before = views.length
  await vi.waitFor(() => expect(views.length).toBeGreaterThan(before), {timeout: 4000})
  expect(views.at(-1)).toBe('a@5')
})

test('an API that stops answering on an open stream is noticed', async () => {
  let silent = false
  const {lost} = await watching((one, response) => {
    if (silent) return
    if (!isWatch(one)) return json(response, 200, list('5'))
    response.write('\n')
    silent = true
  })
  await vi.waitFor(() => expect(lost.length).toBeGreaterThan(0), {timeout: 3000})
  expect(lost[0]).toContain('did not answer in time')
})

test('a stream that keeps a change to itself is given up and the change is seen', async () => {
  let lists = 0
  const {views} = await watching((one, response) => {
    if (isWatch(one)) return void response.write('\n')
    lists += 1
    json(response, 200, list(String(lists), pod('a', lists > 1 ? '7' : '4')))
  })
  await vi.waitFor(() => expect(views).toEqual(['a@4', 'a@7']), {timeout: 2000})
})

test('a watch that is not allowed says so instead of trying without a word', async () => {
  const {lost} = await watching((one, response) =>
    isWatch(one)
      ? json(
          response,
          403,
          failure(403, 'Forbidden', 'User "x" cannot watch resource "pods" in API group ""'),
        )
      : json(response, 200, list('5')),
  )
  await vi.waitFor(() => expect(lost[0]).toContain('you may not watch pods'))
})
