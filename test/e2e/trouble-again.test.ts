import {spawn} from 'node:child_process'
import {stripVTControlCharacters} from 'node:util'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {text} from '../../src/lib/observe/fields.ts'
import {resourceVersions, status} from './support/cluster.ts'
import {createNamespace, deleteNamespace, pgk, succeed} from './support/commands.ts'
import {manifest} from './support/manifest.ts'

/** Runs pgk on a terminal of its own and types the answer. */
async function onTerminal(
  args: readonly string[],
  answer: string,
): Promise<{code: number | null; screen: string}> {
  const line = `stty cols 200; exec ${[process.execPath, 'bin/run.js', ...args].map(word => `'${word}'`).join(' ')}`
  const env = {...process.env, KUBECONFIG: inject('kubeconfig'), TERM: 'xterm', CI: ''}
  const child = spawn('script', ['-qefc', line, '/dev/null'], {env, stdio: ['pipe', 'pipe', 'inherit']})
  let screen = ''
  let answered = false
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    screen += chunk
    if (answered || !/\?|:\s*$/.test(screen)) return
    answered = true
    child.stdin.write(`${answer}\r`)
  })
  const {promise, resolve, reject} = Promise.withResolvers<{code: number | null; screen: string}>()
  child.on('error', reject)
  child.on('close', code => resolve({code, screen: stripVTControlCharacters(screen)}))
  return promise
}

describe('a cluster that is there', () => {
  const cluster = {namespace: '', name: 'hippo'}
  beforeAll(async () => {
    cluster.namespace = await createNamespace('again')
  })
  afterAll(async () => {
    await pgk(['delete', 'cluster', 'hippo', '-n', cluster.namespace, '--purge', '--confirm', 'hippo'])
    await deleteNamespace(cluster.namespace)
  })
  const here = (): string[] => ['-n', cluster.namespace]
  const create = (change = {}, ...more: string[]) =>
    pgk(['create', 'cluster', '-f', '-', ...here(), ...more], {stdin: manifest(change)})

  it('half made, because nobody waited, is gone on with by the same command', async () => {
    const begun = await create({}, '--no-wait')
    expect(begun.code).toBe(0)
    expect(begun.stderr).toMatch(/Nothing more is done until it is run again: pgk create cluster/)
    const stdin = manifest()
    const killed = await pgk(['create', 'cluster', '-f', '-', ...here()], {stdin, killOn: () => true})
    expect(killed.code).toBeNull()
    await succeed(create())
    expect(text(await status(cluster), 'leader')).toBe('hippo-pg-1')
  })

  it('as described is said to be, and not touched', async () => {
    const before = await resourceVersions(cluster)
    const again = await succeed(create())
    expect(again.stderr).toMatch(/is there already, as described/)
    expect(await resourceVersions(cluster)).toEqual(before)
  })

  it('otherwise than described is left alone, with the difference and how to change it', async () => {
    const before = await resourceVersions(cluster)
    const other = await create({set: {replicas: 2}})
    expect(other.code).toBe(6)
    expect(other.stderr).toMatch(/PGK_CLUSTER_EXISTS/)
    expect(other.stderr).toMatch(/spec\.instances\[pg\]\.replicas: 1 → 2/)
    expect(other.stderr).toMatch(/pgk apply -f/)
    expect(await resourceVersions(cluster)).toEqual(before)
  })

  it.each<[claim: string, args: () => string[], words: RegExp]>([
    ['deleting', () => ['delete', 'cluster', 'hippo'], /Next: .*--confirm hippo/],
    ['deleting everything', () => ['delete', 'cluster', 'hippo', '--purge'], /LOST FOR GOOD/],
    [
      'deleting another one',
      () => ['delete', 'cluster', 'hippo', '--confirm', 'rhino'],
      /"rhino", not "hippo"/,
    ],
  ])('is not lost to a script that does not name it: %s', async (_, args, words) => {
    const before = await resourceVersions(cluster)
    const outcome = await pgk([...args(), ...here()])
    expect(outcome.code).toBe(3)
    expect(outcome.stderr).toMatch(/PGK_CONFIRMATION_(MISSING|WRONG)/)
    expect(outcome.stderr).toMatch(words)
    expect(await resourceVersions(cluster)).toEqual(before)
  })

  it('is not restarted for a script that does not say yes', async () => {
    const stdin = manifest({spec: {config: {parameters: {max_connections: 50}}}})
    const before = await resourceVersions(cluster)
    const outcome = await pgk(['apply', '-f', '-', ...here()], {stdin})
    expect(outcome.code).toBe(3)
    expect(outcome.stderr).toMatch(/max_connections is read at start only: every instance restarts/)
    expect(outcome.stderr).toMatch(/Next: .*--yes/)
    expect(await resourceVersions(cluster)).toEqual(before)
  })

  it('is kept by whoever types another name, and that is no success', async () => {
    const {code, screen} = await onTerminal(['delete', 'cluster', 'hippo', ...here()], 'no')
    expect(screen).toMatch(/Delete cluster hippo \(context .*namespace again-.*\)\. Type hippo to go on/)
    expect(screen).toMatch(/declined; nothing was changed/)
    expect(code).toBe(3)
    expect(text(await status(cluster), 'verdict', 'level')).toBeDefined()
  })

  it('refuses what no running cluster can take, before anything is touched', async () => {
    const before = await resourceVersions(cluster)
    const stdin = manifest({spec: {postgresVersion: 16}})
    const outcome = await pgk(['apply', '-f', '-', ...here(), '--yes'], {stdin})
    expect(outcome.code).toBe(6)
    expect(outcome.stderr).toMatch(/spec\.postgresVersion cannot go back from 17 to 16/)
    expect(await resourceVersions(cluster)).toEqual(before)
  })

  it('that is not there is not found, with what is', async () => {
    const outcome = await pgk(['status', 'hipo', ...here()])
    expect(outcome.code).toBe(5)
    expect(outcome.stderr).toMatch(/Did you mean hippo\?/)
    expect((await pgk(['delete', 'cluster', 'rhino', ...here(), '--confirm', 'rhino'])).code).toBe(5)
  })
})
