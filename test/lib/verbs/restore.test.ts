import {describe, expect, it} from 'vitest'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import type {BackupSet} from '../../../src/lib/pgbackrest/backup-set.ts'
import type {RecoveryFacts} from '../../../src/lib/pgbackrest/lines.ts'
import {cloneDocument, sameClone} from '../../../src/lib/verbs/clone.ts'
import {planRestore, unreachableError} from '../../../src/lib/verbs/restore.ts'
import {restoreRecord, wayBack} from '../../../src/lib/verbs/restore-record.ts'
import {readTarget} from '../../../src/lib/verbs/restore-target.ts'
import {at, instance, leaderState, member, observed} from '../../fakes/observed.ts'

const claim = {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}}
const source = parseDocument(
  {
    apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
    kind: 'PostgresCluster',
    metadata: {name: 'hippo', namespace: 'db'},
    spec: {
      postgresVersion: 17,
      service: {type: 'NodePort', nodePort: 30001},
      instances: [{name: 'pg', replicas: 3, dataVolumeClaimSpec: claim}],
      backups: {
        pgbackrest: {
          global: {'repo2-path': '/pgbackrest/hippo', 'repo2-retention-full': '4'},
          repos: [
            {name: 'repo1', volume: {volumeClaimSpec: claim}},
            {name: 'repo2', s3: {bucket: 'b', endpoint: 'e', region: 'r'}},
          ],
        },
      },
    },
  },
  'test',
)
const document = withDefaults(source)
const set: BackupSet = {
  label: '20260101-110000F',
  type: 'full',
  repo: 1,
  startedAt: new Date('2026-01-01T11:00:00Z'),
  finishedAt: new Date('2026-01-01T11:01:00Z'),
  walStart: '000000010000000000000002',
  walStop: '000000010000000000000002',
  lsnStart: '0/2000028',
  lsnStop: '0/2000100',
  timeline: 1,
  sizeBytes: 30_000_000,
  deltaBytes: undefined,
  repoSizeBytes: undefined,
  repoDeltaBytes: undefined,
  damaged: false,
  databaseId: 1,
  references: [],
  annotations: {},
  pgbackrestVersion: '2.55.1',
}
const segments = [2, 3].map(number => ({timeline: 1, number, archivedAt: new Date('2026-01-01T11:30:00Z')}))
const facts: RecoveryFacts = {
  now: at,
  backups: [set],
  archives: [
    {
      repo: 1,
      id: '17-1',
      segments,
      first: '000000010000000000000002',
      last: '000000010000000000000003',
      histories: new Map(),
    },
  ],
  histories: new Map(),
  timeline: 1,
  archiver: {
    lastArchivedAt: new Date('2026-01-01T11:30:00Z'),
    lastArchivedWal: undefined,
    finishedAt: undefined,
    lastFailedAt: undefined,
    queued: 0,
    caughtUp: false,
  },
}
const wanted = (pitr: string) =>
  readTarget({pitr}, at, () => {
    throw new Error('no zone')
  })
const into = {cluster: 'hippo', namespace: 'db', inPlace: true}
const plan = (pitr: string, change: Partial<RecoveryFacts> = {}, seen = observed()) =>
  planRestore(wanted(pitr), {document, seen, facts: {...facts, ...change}}, into)

describe('a plan', () => {
  it('counts on the WAL that the leader can still archive', () => {
    expect(plan('2026-01-01T11:59:00Z')).toMatchObject({
      reachable: true,
      set: '20260101-110000F',
      timeline: 1,
      loses: {since: '2026-01-01T11:59:00.000Z'},
    })
  })

  it('does not while archiving fails', () => {
    const archiver = {
      lastArchivedAt: new Date('2026-01-01T11:30:00Z'),
      lastArchivedWal: undefined,
      finishedAt: undefined,
      lastFailedAt: new Date('2026-01-01T11:45:00Z'),
      queued: 3,
      caughtUp: false,
    }
    const {choice, reachable, nearest} = plan('2026-01-01T11:59:00Z', {archiver})
    expect([reachable, nearest.before]).toEqual([false, '2026-01-01T11:30:00.000Z'])
    const error = choice.reachable ? undefined : unreachableError(choice, {name: 'hippo', namespace: 'db'})
    expect(error).toMatchObject({exitCode: 6, code: 'PGK_TARGET_UNREACHABLE'})
    expect(error?.hints.at(-1)).toBe('What can be restored: pgk backup window hippo -n db')
    expect(error?.hints[0]).toBe('The nearest moment before it: --pitr 2026-01-01T11:30:00.000Z')
  })

  it('does not count on WAL that was archived already and is gone', () => {
    const archiver = {
      lastArchivedAt: new Date('2026-01-01T11:40:00Z'),
      lastArchivedWal: '000000010000000000000004',
      finishedAt: undefined,
      lastFailedAt: undefined,
      queued: 0,
      caughtUp: false,
    }
    const written = 5 * 16 * 1024 * 1024 + 1000
    const answers = {
      ...observed().answers,
      sql: {known: true, value: leaderState({writeLocation: written})},
    } as const
    const latest = readTarget({latest: true}, at, () => at)
    const seen = observed({answers})
    const planned = planRestore(latest, {document, seen, facts: {...facts, archiver}}, into)
    expect([planned.reachable, planned.reason]).toEqual([
      false,
      'WAL is missing in the archive after 2026-01-01T11:30:00Z',
    ])
  })

  it('refuses what is too early', () => {
    expect(plan('2026-01-01T10:00:00Z').reason).toMatch(/too early/)
  })
})

describe('the record of a restore', () => {
  const recorded = (usedBytes: number, seen = observed()) => {
    const full = {
      ...seen,
      answers: {...seen.answers, disks: new Map([['hippo-pg-1', {usedBytes, totalBytes: 1e8}]])},
    }
    const {choice} = plan('2026-01-01T11:59:00Z', {}, full)
    if (!choice.reachable) throw new Error(choice.reason)
    return restoreRecord(
      wanted('2026-01-01T11:59:00Z'),
      choice,
      {document, seen: full},
      {id: 'abcde', who: 'me'},
    )
  }

  it('names the leader, how to go there, and how to come back', () => {
    expect(recorded(1e7)).toMatchObject({
      phase: 'stop',
      request: {
        text: '--pitr 2026-01-01T11:59:00Z',
        startup: 'hippo-pg-1',
        fromTimeline: 1,
        returnOptions: ['--repo=1', '--type=default', '--target-timeline=1'],
      },
    })
  })

  it('begins with a backup where there is no room for both', () => {
    expect(recorded(9e7).phase).toBe('safeguard')
  })

  it('begins with a backup where the present data is larger than what the backup was', () => {
    expect(recorded(6e7)).toMatchObject({phase: 'safeguard', request: {mustKeep: false}})
    expect(recorded(1e7)).toMatchObject({phase: 'stop', request: {mustKeep: true}})
  })

  it('says how the present data comes back, or why it is backed up first', () => {
    const withDisk = (usedBytes: number) => {
      const disks = new Map([['hippo-pg-1', {usedBytes, totalBytes: 1e8}]])
      return observed({answers: {...observed().answers, disks}})
    }
    expect(wayBack(document, withDisk(1e7))).toBe(
      'If the target turns out not to be reachable, the present data comes back by itself.',
    )
    expect(wayBack(document, withDisk(9e7))).toMatch(
      /^There is no room .*: the present data is backed up first\./,
    )
    expect(wayBack(document, observed())).toMatch(/^Whether hippo-pg-1 has room .* is unknown: the/)
    const [set] = document.spec.instances
    if (set === undefined) throw new Error('no set')
    const instances = [{...set, walVolumeClaimSpec: set.dataVolumeClaimSpec}]
    const ownWal = {...document, spec: {...document.spec, instances}}
    expect(wayBack(ownWal, withDisk(1e7))).toMatch(/^The WAL has a volume of its own/)
    const nobody = observed({leadership: {state: 'none'}, instances: []})
    expect(wayBack(document, nobody)).toMatch(/^It is unknown which instance/)
  })

  it('takes the instance that got furthest when nobody leads', () => {
    const told = (number: number, timeline: number, walLocation: number) =>
      instance(number, {member: member({timeline, walLocation, state: 'stopped'})})
    const seen = observed({
      leadership: {state: 'none'},
      instances: [told(1, 3, 5_000_000), told(2, 4, 9_000_000), told(3, 4, 8_000_000)],
    })
    expect(recorded(1e7, seen)).toMatchObject({request: {startup: 'hippo-pg-2', fromTimeline: 4}})
  })

  it('is refused when nobody leads and no instance says how far it got', () => {
    const silent = (number: number) => instance(number, {member: undefined})
    const seen = observed({leadership: {state: 'none'}, instances: [silent(2), silent(3)]})
    expect(() => recorded(1e7, seen)).toThrow(
      expect.objectContaining({code: 'PGK_NO_INSTANCES', exitCode: 6}),
    )
  })
})

describe('a clone', () => {
  const clone = cloneDocument(source, {
    name: 'rhino',
    namespace: 'test',
    words: '--latest --replicas 1',
    options: ['--type=default'],
    repo: 'repo1',
    replicas: 1,
  })

  it('has a place of its own in every store, and keeps the other options', () => {
    expect(clone.spec.backups?.pgbackrest?.global).toEqual({
      'repo2-path': '/pgbackrest/test/rhino/repo2',
      'repo2-retention-full': '4',
    })
  })

  it('has the users of its source and no port of a node', () => {
    expect(clone.spec.users).toEqual(document.spec.users)
    expect(clone.spec.service).toEqual({type: 'NodePort'})
    expect(clone.spec.instances[0]?.replicas).toBe(1)
  })

  it('names its source', () => {
    expect(clone.spec.dataSource?.postgresCluster).toEqual({
      clusterName: 'hippo',
      clusterNamespace: 'db',
      repoName: 'repo1',
      options: ['--type=default'],
    })
  })

  it('is never its own source', () => {
    const request = {name: 'hippo', namespace: 'db', words: '--latest', options: [], repo: 'repo1'}
    expect(() => cloneDocument(source, request)).toThrow(expect.objectContaining({exitCode: 2}))
  })

  it('is gone on with by the same flags only', () => {
    expect(() => sameClone(clone, source, '--latest --replicas 1')).not.toThrow()
    for (const words of ['--latest', '--backup 20260101-110000F --replicas 1']) {
      expect(() => sameClone(clone, source, words)).toThrow(
        expect.objectContaining({exitCode: 6, reason: 'it was made from hippo with --latest --replicas 1'}),
      )
    }
  })

  it('is not taken for that of another source', () => {
    const other = {...source, metadata: {...source.metadata, name: 'rhino'}}
    expect(() => sameClone(clone, other, '--latest --replicas 1')).toThrow(
      expect.objectContaining({exitCode: 6}),
    )
  })
})
