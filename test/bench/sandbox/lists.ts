import {once} from 'node:events'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {Agent, get} from 'node:https'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {buffer} from 'node:stream/consumers'
import {Worker} from 'node:worker_threads'
import {selfSigned} from '../../lib/sandbox/apiserver/fixture.ts'
import {type Api, parallel} from './api.ts'
import {type Figure, median, timed} from './figures.ts'

const namespace = 'lists'
const path = `/api/v1/namespaces/${namespace}/configmaps`
const rounds = 15

/** As large as an ordinary small object: about a kilobyte. */
const configMap = (n: number) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {name: `c-${String(n).padStart(5, '0')}`, labels: {app: 'bench', shard: String(n % 10)}},
  data: {key: `value ${n}`, text: 'x'.repeat(600)},
})

/** Lists of a thousand and of ten thousand objects, beside the same bytes from a bare server. */
export async function measureLists(api: Api): Promise<Figure[]> {
  await api.send('POST', '/api/v1/namespaces', {metadata: {name: namespace}})
  let there = 0
  const grow = async (count: number): Promise<number> => {
    const from = there
    there = count
    return timed(() => parallel(count - from, 8, n => api.send('POST', path, configMap(from + n))))
  }
  await grow(1000)
  const thousand = await measureList(api, {name: 'list of 1,000', atMost: 100})
  const took = await grow(10_000)
  const all = await measureList(api, {name: 'list of 10,000'})
  const page = await timed(() => api.send('GET', `${path}?limit=500`))
  const some = await timed(() => api.send('GET', `${path}?labelSelector=shard%3D3`))
  await api.send('DELETE', `/api/v1/namespaces/${namespace}`)
  return [
    thousand,
    all,
    {name: 'page of 500 of 10,000', value: page, unit: 'ms'},
    {name: 'list of 1,000 of 10,000 by label', value: some, unit: 'ms'},
    {name: 'creates, 8 at a time', value: 9000 / (took / 1000), unit: '/s'},
  ]
}

async function measureList(api: Api, goal: {name: string; atMost?: number}): Promise<Figure> {
  const text = await api.send('GET', path)
  const folder = mkdtempSync(join(tmpdir(), 'pgk-bench-'))
  const files = {objects: join(folder, 'o'), key: join(folder, 'k'), cert: join(folder, 'c')}
  const {key, cert} = await selfSigned()
  writeFileSync(files.objects, text)
  writeFileSync(files.key, key, {mode: 0o600})
  writeFileSync(files.cert, cert)
  const worker = new Worker(new URL('./bare.ts', import.meta.url), {workerData: files})
  try {
    const [port] = await once(worker, 'message')
    const agent = new Agent({keepAlive: true, rejectUnauthorized: false})
    const bare = async (): Promise<void> => {
      const {promise, resolve, reject} = Promise.withResolvers<Buffer>()
      get(`https://127.0.0.1:${port}/`, {agent}, response => buffer(response).then(resolve, reject))
      await promise
    }
    const pairs: {ours: number; bare: number}[] = []
    for (let n = -2; n < rounds; n++) {
      const pair = {ours: await timed(() => api.send('GET', path)), bare: await timed(bare)}
      if (n >= 0) pairs.push(pair)
    }
    agent.destroy()
    const remark = `${(text.length / 1e6).toFixed(1)} MB`
    const [value, its] = [median(pairs.map(({ours}) => ours)), median(pairs.map(each => each.bare))]
    return {...goal, value, unit: 'ms', bare: its, remark}
  } finally {
    await worker.terminate()
    rmSync(folder, {recursive: true})
  }
}
