import {describe, expect, it} from 'vitest'
import {beginRestore, type PlannedFrom} from '../../../src/lib/converge/begin-restore.ts'
import {cancelRestore, ongoingRestore, refuseForeign} from '../../../src/lib/converge/operation.ts'
import {at} from '../../../src/lib/observe/fields.ts'
import type {KubeObject} from '../../../src/lib/ports.ts'
import {clusterDocument, fakeDeps, instance, leaderEndpoints} from '../../fakes/deps.ts'

const ref = {namespace: 'db', name: 'hippo'}
const words = "--pitr '10 minutes ago'"

/** A cluster led by hippo-pg-1, with a restore that stands in a phase. */
async function world(phase?: string, objects: KubeObject[] = []) {
  const deps = fakeDeps({
    objects: [
      clusterDocument('hippo'),
      ...instance('hippo', 1, 'master'),
      leaderEndpoints('hippo', 'hippo-pg-1-0'),
      ...objects,
    ],
    // The archive has it as soon as it is asked.
    exec: ({stdin}) => ({
      exitCode: 0,
      stdout: stdin?.includes('pg_switch_wal') ? '000000010000000000000005\n' : 't\n',
      stderr: '',
    }),
  })
  if (phase !== undefined) {
    const operation = {id: 'abcde', kind: 'restore', phase, who: 'me', startedAt: '2026-01-01T00:00:00Z'}
    await deps.store.saveStatus(ref, {revision: 'kept', operation: {...operation, request: {text: words}}})
  }
  const status = async (): Promise<unknown> => at((await deps.store.get(ref))?.document, 'status')
  return {deps, status}
}

describe('a restore that was begun', () => {
  it('is refused to whoever does something else, with the way on', async () => {
    const {deps} = await world('restore')
    await expect(refuseForeign(deps.store, ref, undefined)).rejects.toMatchObject({
      code: 'PGK_OPERATION_RUNNING',
      exitCode: 6,
      hints: [`Go on with it: pgk restore hippo -n db --in-place ${words}`],
    })
    await expect(refuseForeign(deps.store, ref, '--latest')).rejects.toMatchObject({exitCode: 6})
  })

  it('is gone on with by the same words, and is in nobody’s way when it is over', async () => {
    await expect(refuseForeign((await world('restore')).deps.store, ref, words)).resolves.toBeUndefined()
    await expect(refuseForeign((await world()).deps.store, ref, undefined)).resolves.toBeUndefined()
  })

  it.each(['safeguard', 'stop'])(
    'can be given up in phase %s, and nothing else is forgotten',
    async phase => {
      const {deps, status} = await world(phase)
      await cancelRestore(deps.store, ref)
      expect(await status()).toEqual({revision: 'kept'})
    },
  )

  it.each(['forget', 'restore', 'start', 'backup', 'return'])(
    'cannot be given up in phase %s, where data may be replaced',
    async phase => {
      const {deps, status} = await world(phase)
      const gone = cancelRestore(deps.store, ref)
      await expect(gone).rejects.toMatchObject({code: 'PGK_TOO_LATE_TO_CANCEL', exitCode: 6})
      expect(ongoingRestore(await status())).toMatchObject({phase})
    },
  )
})

describe('beginning a restore', () => {
  const begin = async (phase: string | undefined, planned: Partial<PlannedFrom>, signal?: AbortSignal) => {
    const {deps, status} = await world(phase)
    const request = {
      ref,
      words,
      planned: {leader: 'hippo-pg-1-0', timeline: 1, restored: undefined, ...planned},
      record: {id: 'fghij', kind: 'restore', phase: 'stop', request: {text: words}},
      settle: async () => undefined,
    }
    const id = await beginRestore(deps, request, signal ?? new AbortController().signal).catch(error => error)
    return {id, operation: ongoingRestore(await status()), deps}
  }

  it('writes it down once the newest WAL is archived', async () => {
    const {id, operation, deps} = await begin(undefined, {})
    expect([id, operation?.id]).toEqual(['fghij', 'fghij'])
    expect(deps.kube.execs[0]?.stdin).toContain('pg_switch_wal')
  })

  it('goes on with the one that is there, under its own id', async () => {
    const {id, operation} = await begin('restore', {})
    expect([id, operation?.phase]).toEqual(['abcde', 'restore'])
  })

  it.each<[string, Partial<PlannedFrom>]>([
    ['another instance leads', {leader: 'hippo-pg-2-0'}],
    ['the timeline is another', {timeline: 4}],
    ['somebody restored it meanwhile', {restored: 'zzzzz'}],
  ])('is refused, with nothing written, when %s than planned', async (_, planned) => {
    const {id, operation} = await begin(undefined, planned)
    expect(id).toMatchObject({code: 'PGK_PLAN_OUTDATED', exitCode: 6})
    expect(operation).toBeUndefined()
  })

  it('writes nothing down for who has stopped watching', async () => {
    const {operation} = await begin(undefined, {}, AbortSignal.abort(new Error('stopped')))
    expect(operation).toBeUndefined()
  })
})
