import {describe, expect, it} from 'vitest'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import type {PostgresCluster} from '../../../src/lib/model/document.ts'
import {Annotation} from '../../../src/lib/model/labels.ts'
import {noAnswers} from '../../../src/lib/observe/answers.ts'
import {snapshot} from '../../../src/lib/observe/snapshot.ts'
import {parseInfo} from '../../../src/lib/pgbackrest/info.ts'
import {createDocument} from '../../../src/lib/verbs/create.ts'
import {keepTarget, pinTo, planBucket, targetOf} from '../../../src/lib/verbs/data-source.ts'
import {readTarget, type TargetFlags} from '../../../src/lib/verbs/restore-target.ts'
import {at} from '../../fakes/observed.ts'

const url = 's3://herd/hippo?endpoint=s3.example.com&region=eu-1&secret=keys'
const made = (fromRepo: string, more: object = {}): PostgresCluster =>
  createDocument('hippo', {fromRepo, ...more})
const sourceIn = (document: PostgresCluster) => {
  const source = document.spec.dataSource?.pgbackrest
  if (source === undefined) throw new Error('the document has no source')
  return source
}
const withOptions = (options: string[]): PostgresCluster => {
  const document = made(url)
  return {
    ...document,
    spec: {...document.spec, dataSource: {pgbackrest: {...sourceIn(document), options}}},
  }
}

const stop = (minute: number): number => Date.parse(`2026-01-01T11:0${minute}:00Z`) / 1000
const set = (label: string, minute: number) => ({
  label,
  type: 'full',
  error: false,
  database: {id: 1, 'repo-key': 1},
  timestamp: {start: stop(minute), stop: stop(minute) + 30},
  archive: {start: `00000001000000000000000${minute}`, stop: `00000001000000000000000${minute}`},
  lsn: {start: `0/${minute}000028`, stop: `0/${minute}000100`},
})
const info = parseInfo(
  JSON.stringify([
    {
      name: 'db',
      status: {code: 0, message: 'ok'},
      repo: [{key: 1, cipher: 'none', status: {code: 0, message: 'ok'}}],
      db: [],
      archive: [],
      backup: [set('20260101-110200F', 2), set('20260101-110300F', 3)],
    },
  ]),
)
const segments = [2, 3, 4].map(number => ({
  timeline: 1,
  number,
  archivedAt: new Date(`2026-01-01T11:0${number}:40Z`),
}))
const archive = {
  archives: [{repo: 1, id: '17-1', segments, first: undefined, last: undefined, histories: new Map()}],
  histories: new Map(),
  unread: new Map(),
}
const seen = snapshot(
  {at, namespace: 'db', cluster: 'hippo'},
  {objects: new Map(), unknown: []},
  {...noAnswers, backups: {known: true, value: info}, archive},
)
const plan = (document: PostgresCluster) =>
  planBucket(withDefaults(document), sourceIn(document), seen, undefined)

describe('--from-repo', () => {
  it.each([
    [
      url,
      {
        repo: {name: 'repo1', s3: {bucket: 'herd', endpoint: 's3.example.com', region: 'eu-1'}},
        global: {'repo1-path': '/hippo'},
        configuration: [{secret: {name: 'keys'}}],
      },
    ],
    ['gcs://herd?stanza=main', {stanza: 'main', repo: {name: 'repo1', gcs: {bucket: 'herd'}}}],
    [
      'azure://box/a/b?secret=k',
      {
        repo: {name: 'repo1', azure: {container: 'box'}},
        global: {'repo1-path': '/a/b'},
        configuration: [{secret: {name: 'k'}}],
      },
    ],
  ])('%s is a data source', (text, source) => {
    expect(made(text).spec.dataSource).toEqual({pgbackrest: source})
  })

  it.each([
    ['volume:20Gi', '--from-repo is no object store'],
    ['s3://herd?endpoint=e', '--from-repo needs region'],
    ['s3://herd?endpont=e&region=r', '--from-repo has an unknown option endpont'],
    ['gcs://', '--from-repo names no bucket'],
  ])('%s is refused by its flag', (text, words) => {
    expect(() => made(text)).toThrow(
      expect.objectContaining({exitCode: 2, message: expect.stringContaining(words)}),
    )
  })

  it('is never where the new cluster backs up to', () => {
    expect(() => made(url, {repo: [url]})).toThrow(
      expect.objectContaining({
        object: 'flag --repo',
        message: expect.stringContaining('s3://herd/hippo, where the data comes from'),
      }),
    )
    expect(() => made(url, {repo: [url.replace('/hippo', '/reborn')]})).not.toThrow()
  })
})

describe('the target of a document', () => {
  it.each([
    [[], {latest: true}],
    [['--type=immediate'], {backup: '20260101-110300F'}],
    [['--type=immediate', '--set=20260101-110200F'], {backup: '20260101-110200F', set: '20260101-110200F'}],
    [['--type=time', '--target="2026-01-01 11:02:35+00"'], {pitr: '2026-01-01 11:02:35+00'}],
    [['--type=lsn', '--target=0/4000000', '--target-exclusive'], {lsn: '0/4000000', exclusive: true}],
    [['--type=xid', '--target=7', '--target-timeline=2'], {xid: '7', timeline: 2}],
    [['--type=name', '--target=before', '--target-timeline=latest'], {name: 'before'}],
  ])('%j reads as flags would', (options, flags) => {
    expect(targetOf(options, '20260101-110300F')).toEqual(flags)
  })
})

describe('a plan from a bucket', () => {
  it('names the bucket, the newest set that reaches the end, and where backups will go', () => {
    const {plan: shown, choice} = plan(made(url))
    expect(shown).toMatchObject({from: 's3://herd/hippo', reachable: true, set: '20260101-110300F'})
    expect(shown.notes).toContain('It holds 2 backups: 20260101-110200F to 20260101-110300F.')
    expect(shown.consequences).toContain('Its own backups go to a volume of 20Gi.')
    expect(choice.reachable).toBe(true)
  })

  it('takes a time without a zone for UTC', () => {
    const {plan: shown} = plan(withOptions(['--type=time', '--target=2026-01-01 11:02:35']))
    expect(shown).toMatchObject({target: {utc: '2026-01-01T11:02:35.000Z'}, set: '20260101-110200F'})
  })

  it('knows a moment that no backup goes back to', () => {
    expect(plan(withOptions(['--type=time', '--target=2025-12-31 00:00:00Z'])).choice).toMatchObject({
      reachable: false,
      kind: 'before-start',
    })
  })

  it('refuses what is no time by the field', () => {
    expect(() => plan(withOptions(['--type=time', '--target=yesterday']))).toThrow(
      expect.objectContaining({exitCode: 2, object: 'field spec.dataSource.pgbackrest.options'}),
    )
  })

  it('pins the document to what was shown, and tells what it was asked for by', () => {
    const document = made(url)
    const pinned = pinTo(document, plan(document))
    expect(sourceIn(pinned).options).toEqual([
      '--set=20260101-110300F',
      '--type=default',
      '--target-timeline=1',
    ])
    expect(pinned.metadata.annotations?.[Annotation.clonedWith]).toBe('--latest')
  })

  it('promises that recovery gets into the last segment that was listed, unless it stops before', () => {
    const promised = (document: PostgresCluster) =>
      pinTo(document, plan(document)).metadata.annotations?.[Annotation.promisedLsn]
    expect(promised(made(url))).toBe('0/4000028')
    expect(promised(withOptions(['--type=immediate']))).toBe('0/3000100')
    expect(promised(withOptions(['--type=time', '--target=2026-01-01 11:02:35Z']))).toBeUndefined()
  })
})

describe('a cluster that was begun with a bucket', () => {
  const begunWith = (flags: TargetFlags): PostgresCluster => {
    const document = made(url, {namespace: 'db'})
    const target = readTarget(flags, at, () => at)
    return pinTo(document, planBucket(withDefaults(document), sourceIn(document), seen, target))
  }
  const pitr = '2026-01-01 11:02:35Z'
  const begun = begunWith({pitr})
  const other = `--pitr '2026-01-01 11:03:35Z'`

  it('keeps its target for the same flags, and nothing else', () => {
    const again = made(url.replace('eu-1', 'eu-2'))
    expect(sourceIn(keepTarget(again, begun, `--pitr '${pitr}'`))).toEqual({
      ...sourceIn(again),
      options: sourceIn(begun).options,
    })
    expect(keepTarget(again, createDocument('hippo', {}), other)).toEqual(again)
  })

  it.each([
    [begun, other, `it was made from s3://herd/hippo by --from-repo and --pitr '${pitr}'`],
    [begun, '--latest', `it was made from s3://herd/hippo by --from-repo and --pitr '${pitr}'`],
    [begunWith({latest: true}), other, 'it was made from s3://herd/hippo by --from-repo and no target'],
    [withOptions(['--type=immediate']), '--latest', 'it was made from s3://herd/hippo by a manifest'],
  ])('%# is left alone by flags with another target', (existing, words, reason) => {
    expect(() => keepTarget(made(url), existing, words)).toThrow(
      expect.objectContaining({code: 'PGK_CLUSTER_EXISTS', exitCode: 6, reason}),
    )
  })
})
