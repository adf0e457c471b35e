import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {hasStanza, parseInfo} from '../../../src/lib/pgbackrest/info.ts'
import {parseExactly} from '../../../src/lib/pgbackrest/json.ts'

const full = `{"annotation":{"why":"upgrade"},"archive":{"start":"000000020000000000000005","stop":"000000020000000000000006"},
  "backrest":{"format":5,"version":"2.55.1"},"database":{"id":1,"repo-key":1},"error":false,
  "info":{"delta":31255338,"repository":{"delta":4071234},"size":31255338},"label":"20261122-071017F",
  "lsn":{"start":"0/5000028","stop":"0/6000050"},"prior":null,"reference":null,
  "timestamp":{"start":1795331417,"stop":1795331420},"type":"full"}`
const incremental = `{"archive":{"start":"000000020000000000000008","stop":null},"database":{"id":1,"repo-key":2},"error":true,
  "info":{"size":31255338},"label":"20261122-071017F_20261122-080000I","reference":["20261122-071017F"],
  "timestamp":{"start":1795334400,"stop":1795334405},"type":"incr"}`

const answer = (lock: string, systemId: string, backups = `${incremental},${full}`): string => `[{
  "archive":[{"database":{"id":1,"repo-key":1},"id":"17-1","max":"000000020000000000000009","min":"000000010000000000000001"},
             {"database":{"id":1,"repo-key":2},"id":"17-1","max":null,"min":null}],
  "backup":[${backups}],"cipher":"mixed","db":[{"id":1,"repo-key":1,"system-id":${systemId},"version":"17"},
  {"id":1,"repo-key":2,"system-id":${systemId},"version":"17"}],"name":"db",
  "repo":[{"cipher":"none","key":1,"status":{"code":0,"message":"ok"}},{"cipher":"aes-256-cbc","key":2,"status":{"code":2,"message":"no valid backups"}},
          {"cipher":"none","key":3,"status":{"code":1,"message":"missing stanza path"}},{"cipher":"none","key":4,"status":{"code":99,"message":"other"}}],
  "status":{"code":4,"lock":{"backup":${lock}},"message":"different across repos"}}]`

describe('pgbackrest info', () => {
  const info = parseInfo(answer('{"held":false}', '7710884053495799853'))

  it('keeps every system identifier exactly', () => {
    expect(info.systemIdentifiers).toEqual(['7710884053495799853'])
    fc.assert(
      fc.property(fc.bigInt({min: 1n, max: 2n ** 64n - 1n}), id => {
        expect(parseInfo(answer('{"held":false}', id.toString())).systemIdentifiers).toEqual([id.toString()])
      }),
    )
  })

  it('tells the state of the stanza and of each repository', () => {
    expect([info.state, info.message]).toEqual(['mixed', 'different across repos'])
    expect(info.repos.map(({number, state, encrypted}) => [number, state, encrypted])).toEqual([
      [1, 'ok', false],
      [2, 'no-valid-backups', true],
      [3, 'missing-stanza-path', false],
      [4, 'unreadable', false],
    ])
    expect([1, 2, 3, 4, 5].map(repo => hasStanza(info, repo))).toEqual([true, true, false, false, false])
  })

  it('lists backups from the oldest, with what each holds', () => {
    expect(info.backups.map(({label}) => label)).toEqual([
      '20261122-071017F',
      '20261122-071017F_20261122-080000I',
    ])
    expect(info.backups[0]).toEqual({
      label: '20261122-071017F',
      type: 'full',
      repo: 1,
      databaseId: 1,
      startedAt: new Date(1795331417000),
      finishedAt: new Date(1795331420000),
      walStart: '000000020000000000000005',
      walStop: '000000020000000000000006',
      lsnStart: '0/5000028',
      lsnStop: '0/6000050',
      timeline: 2,
      sizeBytes: 31255338,
      deltaBytes: 31255338,
      repoSizeBytes: undefined,
      repoDeltaBytes: 4071234,
      damaged: false,
      references: [],
      annotations: {why: 'upgrade'},
      pgbackrestVersion: '2.55.1',
    })
    expect(info.backups[1]).toMatchObject({
      type: 'incr',
      repo: 2,
      damaged: true,
      walStop: undefined,
      references: ['20261122-071017F'],
    })
  })

  it('shows the archive of each repository, an empty one without segments', () => {
    expect(info.archives).toEqual([
      {id: '17-1', repo: 1, first: '000000010000000000000001', last: '000000020000000000000009'},
      {id: '17-1', repo: 2, first: undefined, last: undefined},
    ])
  })

  it('shows a backup that runs, with its progress where the writer tells', () => {
    expect(info.running).toBeUndefined()
    expect(parseInfo(answer('{"held":true}', '1')).running).toEqual({
      sizeBytes: undefined,
      doneBytes: undefined,
    })
    const copying = '{"held":true,"size":344711253,"size-cplt":337236730}'
    expect(parseInfo(answer(copying, '1')).running).toEqual({sizeBytes: 344711253, doneBytes: 337236730})
  })

  it('leaves out what is no finished backup', () => {
    expect(
      parseInfo(answer('{"held":false}', '1', '{"label":"x"},7,null,{"label":"y","type":"odd"}')).backups,
    ).toEqual([])
  })

  it('reads an empty list as a repository without the stanza', () => {
    expect(parseInfo('[]')).toMatchObject({state: 'missing-stanza-path', repos: [], backups: []})
    expect(parseInfo('[{"name":"other"}]').state).toBe('missing-stanza-path')
  })

  it.each(['', ' \n', '[{"name":"db"', '{}', 'null', 'ERROR: [055]'])(
    'takes %j for an answer that got lost',
    text => {
      expect(() => parseInfo(text)).toThrow(expect.objectContaining({code: 'PGK_BACKUP_INFO_UNREADABLE'}))
    },
  )
})

describe('exact JSON', () => {
  it('rounds no whole number, and changes no other', () => {
    fc.assert(
      fc.property(fc.bigInt({min: -(2n ** 70n), max: 2n ** 70n}), value => {
        const read = parseExactly(`[${value}]`)
        expect(read).toEqual([Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()])
      }),
    )
    expect(parseExactly('[0.5, 1e3, "9007199254740993"]')).toEqual([0.5, 1000, '9007199254740993'])
  })
})
