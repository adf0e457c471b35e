import {createHash, randomBytes} from 'node:crypto'
import {Readable} from 'node:stream'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {ExecRequest, LogRequest} from '../../src/lib/sandbox/ports.ts'
import {isReady, shell, startTestNodes, type TestNodes} from './support/cluster.ts'
import {Collector, never, openInput} from './support/collect.ts'

const pause = 'trap "exit 0" TERM; while :; do sleep 1 & wait; done'
let cluster: TestNodes
let pod: Pod

beforeAll(async () => {
  cluster = await startTestNodes('streams', 10)
  const listen = 'httpd -p 8080 -h /etc; httpd -p 127.0.0.1:8081 -h /etc;'
  cluster.run('target', {
    containers: [shell('main', `${listen} ${pause}`), {...shell('echo', 'cat; echo over'), stdin: true}],
  })
  pod = await cluster.until('target', isReady)
})
afterAll(() => cluster?.stop())

const exec = async (script: string, more: Partial<ExecRequest> = {}) => {
  const [stdout, stderr] = [new Collector(), new Collector()]
  const code = await cluster.nodes.streams.exec(pod, {
    container: 'main',
    command: ['sh', '-c', script],
    tty: false,
    signal: never(),
    stdout,
    stderr,
    ...more,
  })
  return {code, stdout: stdout.text, stderr: stderr.text}
}

test('a command gives its exact exit code and keeps its outputs apart', async () => {
  expect(await exec('echo out; echo err >&2; exit 42')).toEqual({code: 42, stdout: 'out\n', stderr: 'err\n'})
  expect((await exec('exit 255')).code).toBe(255)
  expect((await exec('kill -9 $$')).code).toBe(137)
})

test('a command reads its input to the end, whatever its size', async () => {
  const data = randomBytes(3_000_000)
  const counted = await exec('wc -c', {stdin: Readable.from([data])})
  expect(counted.stdout.trim()).toBe('3000000')
})

test('megabytes come back unharmed', async () => {
  const data = randomBytes(2_000_000).toString('hex')
  const {stdout} = await exec('cat', {stdin: Readable.from([Buffer.from(data)])})
  const digest = (text: string) => createHash('sha256').update(text).digest('hex')
  expect(digest(stdout)).toBe(digest(data))
})

test('a command that does not read its input still ends', async () => {
  const endless = Readable.from(
    (async function* () {
      for (;;) yield randomBytes(65_536)
    })(),
  )
  expect((await exec('echo done', {stdin: endless})).stdout).toBe('done\n')
})

test('a program that is not there is told in the runtime’s words', async () => {
  const request = {container: 'main', command: ['nothing'], tty: false, signal: never()}
  await expect(cluster.nodes.streams.exec(pod, request)).rejects.toThrow(
    /"nothing": executable file not found/,
  )
})

test('a command that nobody waits for any more is killed', async () => {
  const abort = new AbortController()
  const running = exec('echo $$ > /tmp/pid; exec sleep 1000', {signal: abort.signal})
  await sleep(300)
  abort.abort()
  expect((await running).code).toBe(137)
  expect((await exec('kill -0 $(cat /tmp/pid)')).code).not.toBe(0)
})

test('a terminal has a size, echoes and ends with its shell', async () => {
  const stdout = new Collector()
  const stdin = openInput()
  const sizes = (async function* () {
    yield {width: 91, height: 17}
  })()
  const running = exec('tty; sleep 0.3; stty size; read line; echo "got $line"; exit 5', {
    tty: true,
    stdin,
    stdout,
    resize: sizes,
  })
  await stdout.until(text => text.includes('17 91'))
  stdin.push('word\r')
  expect((await running).code).toBe(5)
  expect(stdout.text).toContain('/dev/pts/')
  expect(stdout.text).toContain('got word')
})

test('attaching reaches the container’s own process', async () => {
  const [stdin, stdout] = [openInput(), new Collector()]
  const abort = new AbortController()
  const attached = cluster.nodes.streams.attach(pod, {
    container: 'echo',
    tty: false,
    stdin,
    stdout,
    signal: abort.signal,
  })
  stdin.push('through\n')
  await stdout.until(text => text === 'through\n')
  abort.abort()
  expect(await attached).toBeUndefined()
})

const fetchOver = async (port: number): Promise<string> => {
  const connection = await cluster.nodes.streams.connect(pod, port)
  const answer = new Collector()
  connection.pipe(answer)
  connection.end('GET /group HTTP/1.0\r\n\r\n')
  return answer.until(text => text.includes('worker'))
}

test('a connection reaches what listens on the pod’s address and on its loopback alone', async () => {
  expect(await fetchOver(8080)).toContain('200 OK')
  expect(await fetchOver(8081)).toContain('200 OK')
  await expect(cluster.nodes.streams.connect(pod, 9)).rejects.toThrow(
    /error forwarding port 9 .*ECONNREFUSED/,
  )
})

const logs = async (name: string, more: Partial<LogRequest> = {}): Promise<string> => {
  const request = {
    container: 'main',
    follow: false,
    previous: false,
    timestamps: false,
    signal: never(),
    ...more,
  }
  const found = cluster.pod(name)
  if (!found) throw new Error(`${name} is gone`)
  const pieces: Buffer[] = []
  for await (const piece of cluster.nodes.streams.logs(found, request)) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

test('logs come back as written, by tail, since, limit and with times', async () => {
  const long = 'x'.repeat(40_000)
  // The runtime reads the two streams apart: without a pause their order is not the writer's.
  const said = `echo one; sleep 0.2; echo two >&2; sleep 0.2; echo ${long}; sleep 1.2; echo last`
  cluster.run('talker', {restartPolicy: 'Never', containers: [shell('main', said)]})
  await cluster.until('talker', found => found.status?.phase === 'Succeeded')
  expect(await logs('talker')).toBe(`one\ntwo\n${long}\nlast\n`)
  expect(await logs('talker', {tailLines: 1})).toBe('last\n')
  expect(await logs('talker', {tailLines: 0})).toBe('')
  expect(await logs('talker', {limitBytes: 6})).toBe('one\ntw')
  expect(await logs('talker', {timestamps: true, tailLines: 1})).toMatch(/^\d{4}-\S+Z last\n$/)
  const entry = (await logs('talker', {timestamps: true, tailLines: 1})).split(' ')[0] ?? ''
  expect(await logs('talker', {sinceTime: new Date(Date.parse(entry) - 100)})).toBe('last\n')
})

test('following a log ends with the container and misses nothing', async () => {
  cluster.run('counter', {
    restartPolicy: 'Never',
    containers: [shell('main', 'for n in 1 2 3 4 5; do echo $n; sleep 0.2; done')],
  })
  await cluster.until('counter', found => found.status?.phase === 'Running')
  expect(await logs('counter', {follow: true})).toBe('1\n2\n3\n4\n5\n')
})

test('the log of the container before the last restart is kept', async () => {
  cluster.run('again', {
    containers: [shell('main', 'echo run; [ -e /dev/shm/x ] && sleep 100; touch /dev/shm/x; exit 3')],
  })
  await cluster.until('again', found => found.status?.containerStatuses?.[0]?.restartCount === 1)
  await cluster.until('again', isReady)
  expect(await logs('again', {previous: true})).toBe('run\n')
  await expect(logs('counter', {previous: true})).rejects.toThrow(/previous terminated container "main"/)
})

test('a log that cannot exist yet says why', async () => {
  cluster.run('absent', {containers: [{...shell('main', 'true'), image: 'localhost/absent:1'}]})
  await cluster.until('absent', found =>
    Boolean(found.status?.containerStatuses?.[0]?.state?.waiting?.message),
  )
  await expect(logs('absent')).rejects.toThrow(
    /^container "main" in pod "absent" is waiting to start: (image can't be pulled|trying and failing to pull image)/,
  )
  await expect(logs('absent', {container: 'other'})).rejects.toThrow(
    'container other is not valid for pod absent',
  )
})

test('the end of an attached input ends a process that reads once', async () => {
  cluster.run('once', {
    restartPolicy: 'Never',
    containers: [{...shell('main', 'cat; echo over'), stdin: true, stdinOnce: true}],
  })
  const reader = await cluster.until('once', isReady)
  const stdout = new Collector()
  const stdin = Readable.from([Buffer.from('all '), Buffer.from('of it\n')])
  const request = {container: 'main', tty: false, stdin, stdout, signal: never()}
  await cluster.nodes.streams.attach(reader, request)
  expect(stdout.text).toBe('all of it\nover\n')
})
