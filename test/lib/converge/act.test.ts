import {describe, expect, it} from 'vitest'
import {Actor, type ActPorts, Applier} from '../../../src/lib/converge/act.ts'
import {PgkError} from '../../../src/lib/errors.ts'
import type {ExecOptions, ExecResult, Kube, KubeObject} from '../../../src/lib/ports.ts'

const unexpected = (name: string) => () => {
  throw new Error(`${name} was not expected`)
}

function ports(change: Partial<Kube> = {}): ActPorts & {saved: unknown[]; lines: string[]} {
  const saved: unknown[] = []
  const lines: string[] = []
  const kube: Kube = {
    version: unexpected('version'),
    serves: unexpected('serves'),
    get: unexpected('get'),
    list: unexpected('list'),
    watch: unexpected('watch'),
    apply: unexpected('apply'),
    create: unexpected('create'),
    patch: unexpected('patch'),
    delete: unexpected('delete'),
    exec: unexpected('exec'),
    execAttached: unexpected('execAttached'),
    logs: unexpected('logs'),
    canI: unexpected('canI'),
    ...change,
  }
  return {
    kube,
    namespace: 'db',
    cluster: 'hippo',
    saveStatus: async patch => {
      saved.push(patch)
    },
    log: line => lines.push(line),
    saved,
    lines,
  }
}

const configMap = (name: string, value = 'a'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {name, namespace: 'db'},
  data: {value},
})

describe('Applier', () => {
  it('applies wave by wave, and again only what changed', async () => {
    const applied: string[] = []
    const world = ports({
      apply: async object => {
        applied.push(object.metadata.name ?? '')
        return object
      },
    })
    const applier = new Applier(world)
    expect(await applier.apply([[configMap('a')], [configMap('b')]])).toBe(true)
    expect(await applier.apply([[configMap('a')], [configMap('b')]])).toBe(false)
    expect(await applier.apply([[configMap('a', 'changed')], [configMap('b')]])).toBe(true)
    expect(applied).toEqual(['a', 'b', 'a'])
  })
})

describe('a cluster that is no longer surely ours', () => {
  const world = (allowed: number) => {
    const done: string[] = []
    let asked = 0
    const mayAct = (): boolean => ++asked <= allowed
    const kube = {
      apply: async (object: KubeObject) => {
        done.push(object.metadata.name ?? '')
        return object
      },
      create: async (object: KubeObject) => {
        done.push(object.metadata.name ?? '')
        return object
      },
      delete: async ({name}: {name: string}) => done.push(name) > 0,
    }
    return {done, ports: {...ports(kube), mayAct}}
  }

  it('gets no further wave, and the wave that was left out is due again', async () => {
    const {done, ports: asking} = world(1)
    const applier = new Applier(asking)
    const waves = [[configMap('a')], [configMap('b')]]
    expect(await applier.apply(waves)).toBe(true)
    expect(done).toEqual(['a'])
    asking.mayAct = () => true
    expect(await applier.apply(waves)).toBe(true)
    expect(done).toEqual(['a', 'b'])
  })

  it('loses nothing, and gets no further action of a round that was begun', async () => {
    const {done, ports: asking} = world(1)
    const jobs = ['x', 'y'].map(name => ({kind: 'start-job', job: configMap(name)}) as const)
    expect(await new Actor(asking).run(jobs)).toBe(true)
    expect(await new Actor(asking).run(jobs)).toBe(false)
    expect(await new Applier(asking).prune([{apiVersion: 'v1', kind: 'Service', name: 's'}])).toBe(false)
    expect(done).toEqual(['x'])
  })
})

const exec = (...results: Partial<ExecResult>[]) => {
  const calls: ExecOptions[] = []
  return {
    calls,
    exec: async (options: ExecOptions): Promise<ExecResult> => {
      calls.push(options)
      return {exitCode: 0, stdout: '', stderr: '', ...results[Math.min(calls.length, results.length) - 1]}
    },
  }
}

const sql = {
  kind: 'run-sql',
  pod: 'hippo-pg-1-0',
  what: 'creating users',
  stdin: "SELECT 'verifier';",
  revision: {key: 'usersRevision', value: 'r1'},
} as const

describe('Actor', () => {
  it('hands SQL over on stdin only, and remembers the revision once it succeeded', async () => {
    const {calls, exec: run} = exec({})
    const world = ports({exec: run})
    await new Actor(world).run([sql])
    expect(calls[0]?.stdin).toBe(sql.stdin)
    expect(calls[0]?.command.join(' ')).not.toContain('verifier')
    expect(world.lines.join(' ')).not.toContain('verifier')
    expect(world.saved).toEqual([{usersRevision: 'r1'}])
  })

  it('tells what is wrong with the init SQL without telling the SQL', async () => {
    const script = "CREATE ROLE app PASSWORD 'hunter2' FOO;"
    const stderr = `psql:<stdin>:1: ERROR:  syntax error at or near "FOO"\nLINE 1: ${script}\n   ^`
    const {calls, exec: run} = exec({exitCode: 3, stderr, stdout: script})
    const world = ports({exec: run, get: async () => ({...configMap('init'), data: {sql: script}})})
    const actor = new Actor(world)
    const action = {kind: 'run-init-sql', pod: 'hippo-pg-1-0', configMap: 'init', key: 'sql'} as const
    for (let round = 1; round < 8; round += 1) await actor.run([action])
    const reason = 'ERROR: syntax error at or near "…"'
    await expect(actor.run([action])).rejects.toMatchObject({code: 'PGK_ACTION_FAILED', reason})
    expect(world.lines.join(' ') + calls.map(call => call.command.join(' ')).join(' ')).not.toContain(
      'hunter2',
    )
  })

  it('tries a failed action again in later rounds, remembers nothing meanwhile, and gives up in the end', async () => {
    const {exec: run} = exec({exitCode: 3, stderr: 'ERROR: out of disk'})
    const world = ports({exec: run})
    const actor = new Actor(world)
    for (let round = 1; round < 8; round += 1) await actor.run([sql])
    expect(world.saved).toEqual([])
    await expect(actor.run([sql])).rejects.toThrow(/creating users failed with exit code 3/)
  })

  it('never takes the backups of another database for its own', async () => {
    const stderr = 'ERROR: [028]: backup and archive info files exist but do not match the database'
    const {exec: run} = exec({exitCode: 28, stderr})
    const action = {kind: 'create-stanza', pod: 'hippo-pg-1-0', repos: ['repo1']} as const
    const failed = new Actor(ports({exec: run})).run([action])
    await expect(failed).rejects.toMatchObject({code: 'PGK_FOREIGN_REPOSITORY', exitCode: 6})
  })

  it('deletes a pod only as it was seen', async () => {
    const seen: unknown[] = []
    const world = ports({
      delete: async (ref, options) => {
        seen.push([ref.name, options])
        throw new PgkError({code: 'CONFLICT', message: 'it changed', exitCode: 6})
      },
    })
    const action = {
      kind: 'delete-pod',
      pod: 'hippo-pg-2-0',
      uid: 'u',
      resourceVersion: '9',
      why: 'x',
    } as const
    await new Actor(world).run([action])
    expect(seen).toEqual([['hippo-pg-2-0', {uid: 'u', resourceVersion: '9'}]])
  })
})
