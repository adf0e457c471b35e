import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {text} from 'node:stream/consumers'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {Collector} from './support/collect.ts'
import {isInstalled, type KubectlSandbox, startKubectlSandbox} from './support/sandbox.ts'

const reason = isInstalled('kubectl') ? undefined : 'kubectl is not installed'
const folder = mkdtempSync(join(tmpdir(), 'pgk-kubectl-'))
const at = (name: string): string => join(folder, name)
const image = '--image=localhost/busybox:1'

let sandbox: KubectlSandbox
const must = (...args: string[]) => sandbox.must(...args)
const inPod = (...command: string[]) => sandbox.kubectl(['exec', 'web', '--', ...command])
/** kubectl with a terminal of its own. */
const onTerminal = (command: string) => sandbox.terminal(`kubectl ${command}`)

function collected(...args: string[]): {output: Collector; end(): void} {
  const child = sandbox.background(...args)
  const output = new Collector()
  child.stdout?.pipe(output)
  return {output, end: () => child.kill()}
}

describe.skipIf(reason !== undefined)(`kubectl${reason === undefined ? '' : ` (${reason})`}`, () => {
  beforeAll(async () => {
    sandbox = await startKubectlSandbox('kubectlstreams', 1, '10.236.0.0/16')
    const serve = 'echo started; nc -ll -p 9000 -e sh -c "wc -c" & httpd -f -p 8080 -h /etc'
    await must('run', 'web', image, '--labels=app=web', '--', 'sh', '-c', serve)
    await must('run', 'crash', image, '--', 'sh', '-c', 'echo round; sleep 1; exit 1')
    await must('expose', 'pod', 'web', '--port=80', '--target-port=8080')
    await must('wait', 'pod/web', '--for=condition=Ready', '--timeout=30s')
  })
  afterAll(async () => {
    rmSync(folder, {recursive: true})
    await sandbox?.stop()
  })

  test('logs shows, follows over restarts, and shows what was before', async () => {
    expect(await must('logs', 'web')).toBe('started\n')
    expect(await must('logs', 'web', '--timestamps', '--tail=1')).toMatch(/^\d{4}-\S+Z started\n$/)
    expect(await must('logs', '-l', 'app=web', '--prefix')).toBe('[pod/web/web] started\n')
    const {output, end} = collected('logs', '-f', 'crash', '--pod-running-timeout=30s')
    await output.until(seen => seen.includes('round'), 20)
    end()
    await must(
      'wait',
      'pod/crash',
      '--for=jsonpath={.status.containerStatuses[0].restartCount}=1',
      '--timeout=30s',
    )
    expect(await must('logs', '-p', 'crash')).toBe('round\n')
  })

  test('exec has exit codes, terminals and files for input', async () => {
    expect(await inPod('sh', '-c', 'echo out; echo err >&2; exit 3')).toMatchObject({
      code: 3,
      stdout: 'out\n',
    })
    const seen = await onTerminal('exec -it web -- sh -c "tty; echo over"')
    expect(seen).toMatch(/\/dev\/pts\/\d+[\s\S]*over/)
    const sent = await sandbox.kubectl(['exec', '-i', 'web', '--', 'wc', '-c'], randomBytes(700_000))
    expect(sent).toMatchObject({code: 0, stdout: '700000\n'})
  })

  test('cp carries files and folders both ways', async () => {
    const bytes = randomBytes(300_000)
    writeFileSync(at('file'), bytes)
    mkdirSync(at('tree/inner'), {recursive: true})
    writeFileSync(at('tree/inner/leaf'), 'leaf\n')
    await must('cp', at('file'), 'web:/tmp/file')
    await must('cp', 'web:/tmp/file', at('back'))
    expect(readFileSync(at('back')).equals(bytes)).toBe(true)
    await must('cp', at('tree'), 'web:/tmp/tree')
    expect((await inPod('cat', '/tmp/tree/inner/leaf')).stdout).toBe('leaf\n')
    await must('cp', 'web:/tmp/tree', at('returned'))
    expect(readFileSync(at('returned/inner/leaf'), 'utf8')).toBe('leaf\n')
  })

  test.each(['pod/web', 'svc/web'])('port-forward to %s', async target => {
    const {output, end} = collected('port-forward', target, `:${target === 'svc/web' ? 80 : 8080}`)
    const told = await output.until(seen => seen.includes('-> 8080'), 20)
    const socket = connect(Number(/127\.0\.0\.1:(\d+)/.exec(told)?.[1]), '127.0.0.1')
    await once(socket, 'connect')
    socket.write('GET /hostname HTTP/1.0\r\n\r\n')
    expect(await text(socket)).toContain('\nweb')
    end()
  })

  test('port-forward tells the pod of the end of input and still brings the answer', async () => {
    const {output, end} = collected('port-forward', 'pod/web', ':9000')
    const told = await output.until(seen => seen.includes('-> 9000'), 20)
    const socket = connect({
      port: Number(/127\.0\.0\.1:(\d+)/.exec(told)?.[1]),
      host: '127.0.0.1',
      allowHalfOpen: true,
    })
    await once(socket, 'connect')
    socket.end('seven77')
    expect((await text(socket)).trim()).toBe('7')
    end()
  })

  test('run --rm gives the output and leaves nothing', async () => {
    const flags = ['--rm', '--restart=Never', image]
    const piped = await sandbox.kubectl(['run', '-i', ...flags, 'piped', '--', 'cat'], 'from stdin\n')
    expect(piped.stdout).toContain('from stdin\n')
    const typed = await onTerminal(`run -it ${flags.join(' ')} typed -- sh -c "sleep 1; tty; echo over"`)
    expect(typed).toMatch(/\/dev\/pts\/\d+[\s\S]*over/)
    await must('wait', 'pod/piped', 'pod/typed', '--for=delete', '--timeout=20s')
  })
})
