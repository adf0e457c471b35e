import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {connect} from 'node:net'
import {text} from 'node:stream/consumers'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {shell} from './support/cluster.ts'
import {Collector} from './support/collect.ts'
import {type Served, startServed} from './support/served.ts'

const pause = 'trap "exit 0" TERM; while :; do sleep 1 & wait; done'
let served: Served

beforeAll(async () => {
  served = await startServed('kubectl', 11)
  await served.run('web', {
    containers: [
      shell('main', `echo started; httpd -p 8080 -h /etc; httpd -p 127.0.0.1:8081 -h /etc; ${pause}`),
      shell('other', pause),
    ],
  })
  await served.run('typed', {
    containers: [{...shell('main', 'while read x; do echo "got $x"; done'), stdin: true}],
  })
})
afterAll(() => served?.stop())

test('kubectl exec gives output, errors and the exit code', async () => {
  const result = await served.kubectl([
    'exec',
    'web',
    '-c',
    'main',
    '--',
    'sh',
    '-c',
    'echo out; echo err >&2; exit 7',
  ])
  expect(result.code).toBe(7)
  expect(result.stdout).toBe('out\n')
  expect(result.stderr).toContain('err\n')
  expect(result.stderr).toContain('command terminated with exit code 7')
})

test('kubectl exec -i pipes a file in to its end', async () => {
  const data = randomBytes(2_000_000)
  const args = ['exec', '-i', 'web', '-c', 'main', '--', 'sh', '-c', 'cat > /tmp/f; wc -c < /tmp/f']
  const result = await served.kubectl(args, data)
  expect(result).toMatchObject({code: 0, stdout: '2000000\n'})
  const back = await served.kubectl([
    'exec',
    'web',
    '-c',
    'main',
    '--',
    'sh',
    '-c',
    'wc -c < /tmp/f; cat /tmp/f | wc -c',
  ])
  expect(back.stdout).toBe('2000000\n2000000\n')
})

test('kubectl exec tells of a program that is not there', async () => {
  const result = await served.kubectl(['exec', 'web', '-c', 'main', '--', 'nothing'])
  expect(result.code).not.toBe(0)
  expect(result.stderr).toContain('executable file not found in $PATH')
})

test('kubectl logs prints and follows', async () => {
  expect((await served.kubectl(['logs', 'web', '-c', 'main'])).stdout).toBe('started\n')
  const child = served.background(['logs', '-f', 'typed'])
  const output = new Collector()
  child.stdout?.pipe(output)
  const writer = served.background(['attach', '-i', 'typed'])
  writer.stdin?.write('one\n')
  expect(await output.until(seen => seen.includes('got one'))).toBe('got one\n')
  writer.kill()
  child.kill()
})

async function fetchThrough(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setTimeout(5000, () => socket.destroy(new Error('no end')))
  await once(socket, 'connect')
  socket.write('GET /group HTTP/1.0\r\n\r\n')
  return text(socket)
}

test('kubectl port-forward carries several connections to any listener of the pod', async () => {
  const child = served.background(['port-forward', 'pod/web', ':8080', ':8081'])
  const output = new Collector()
  const complaints = new Collector()
  child.stdout?.pipe(output)
  child.stderr?.pipe(complaints)
  const told = await output.until(seen => seen.includes('-> 8081') && seen.includes('-> 8080'))
  const ports = [...told.matchAll(/127\.0\.0\.1:(\d+) -> /g)].map(match => Number(match[1]))
  expect(ports).toHaveLength(2)
  for (const port of [...ports, ...ports]) expect(await fetchThrough(port)).toContain('worker:x:1000')
  const all = await Promise.all(Array.from({length: 8}, () => fetchThrough(ports[0] ?? 0)))
  expect(all.every(each => each.includes('worker:x:1000'))).toBe(true)
  expect(complaints.text).toBe('')
  child.kill()
})

test('kubectl port-forward to a closed port says so and goes on', async () => {
  const child = served.background(['port-forward', 'pod/web', ':9', ':8080'])
  const output = new Collector()
  const complaints = new Collector()
  child.stdout?.pipe(output)
  child.stderr?.pipe(complaints)
  const told = await output.until(seen => seen.includes('-> 8080'))
  const ports = [...told.matchAll(/127\.0\.0\.1:(\d+) -> (\d+)/g)]
  const portTo = (target: string) => Number(ports.find(match => match[2] === target)?.[1])
  await fetchThrough(portTo('9')).catch(() => '')
  await complaints.until(seen => seen.includes('ECONNREFUSED'))
  child.kill()
})

test('kubectl get, describe and delete work on a running pod', async () => {
  const shown = await served.kubectl(['get', 'pod', 'web', '--no-headers'])
  expect(shown.stdout).toMatch(/^web\s+2\/2\s+Running\s+0/)
  const described = await served.kubectl(['describe', 'pod', 'web'])
  expect(described.stdout).toContain('Started container main')
})
