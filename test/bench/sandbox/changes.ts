import {setTimeout as sleep} from 'node:timers/promises'
import {type Api, parallel} from './api.ts'
import {type Figure, median, quantile, timed} from './figures.ts'

const path = '/api/v1/namespaces/default/configmaps'
const watchers = 50
const changes = 400
/** Changes that come first and do not count: neither client nor server has compiled its hot paths yet. */
const warming = 100

/** From the moment a client begins to write until each of fifty others has read the event. */
export async function measureWatches(api: Api): Promise<Figure[]> {
  const began = new Map<string, number>()
  const late: number[] = []
  const seen = (line: string): void => {
    const now = performance.now()
    const n = /"n":"(\d+)"/.exec(line)?.[1] ?? ''
    const start = began.get(n)
    if (start !== undefined && Number(n) >= warming) late.push(now - start)
  }
  await api.send('POST', path, {metadata: {name: 'watched', labels: {bench: 'watch'}}})
  const query = `${path}?watch=1&labelSelector=bench%3Dwatch`
  const ends = await Promise.all(Array.from({length: watchers}, () => api.watch(query, seen)))
  for (let n = 0; n < warming + changes; n++) {
    began.set(String(n), performance.now())
    await api.send('PATCH', `${path}/watched`, {data: {n: String(n)}}, 'application/merge-patch+json')
    await sleep(10)
  }
  for (let tries = 0; tries < 50 && late.length < watchers * changes; tries++) await sleep(100)
  for (const end of ends) end()
  if (late.length !== watchers * changes) {
    throw new Error(`${late.length} events were delivered of ${watchers * changes}`)
  }
  const name = 'change to event at 50 watchers'
  return [
    {name: `${name}, p50`, value: quantile(late, 0.5), unit: 'ms'},
    {name: `${name}, p99`, value: quantile(late, 0.99), unit: 'ms', atMost: 20},
  ]
}

/** Server-side applies that change a field, of a hundred objects in turn. */
export async function measureApplies(api: Api): Promise<Figure[]> {
  const count = 3000
  const apply = (n: number) =>
    api.send(
      'PATCH',
      `${path}/applied-${n % 100}?fieldManager=bench&force=true`,
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {name: `applied-${n % 100}`, labels: {bench: 'apply'}},
        data: {n: String(n), text: 'x'.repeat(300)},
      },
      'application/apply-patch+yaml',
    )
  await parallel(200, 8, apply)
  const took = await timed(() => parallel(count, 8, n => apply(n + 200)))
  return [{name: 'server-side applies, 8 at a time', value: count / (took / 1000), unit: '/s'}]
}

/** From the creation of a pod until a watch says that it is Ready. */
export async function measurePods(api: Api): Promise<Figure[]> {
  const pods = '/api/v1/namespaces/default/pods'
  const rounds: number[] = []
  for (let n = 0; n < 10; n++) {
    const name = `started-${n}`
    const {promise, resolve} = Promise.withResolvers<void>()
    const isReady = /"type":"Ready"[^}]*"status":"True"|"status":"True"[^}]*"type":"Ready"/
    const end = await api.watch(
      `${pods}?watch=1&fieldSelector=metadata.name%3D${name}`,
      line => isReady.test(line) && resolve(),
    )
    const container = {name: 'main', image: 'localhost/busybox:1', command: ['sleep', '1000']}
    const pod = {metadata: {name}, spec: {terminationGracePeriodSeconds: 0, containers: [container]}}
    rounds.push(
      await timed(async () => {
        await api.send('POST', pods, pod)
        await promise
      }),
    )
    end()
    await api.send('DELETE', `${pods}/${name}`)
  }
  return [{name: 'pod created to Ready', value: median(rounds), unit: 'ms'}]
}
