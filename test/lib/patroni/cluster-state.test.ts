import {describe, expect, it} from 'vitest'
import {
  parseConfigRecord,
  parseSwitchoverRequest,
  parseSyncRecord,
} from '../../../src/lib/patroni/cluster-state.ts'

const endpoints = (annotations: Record<string, string>) => ({metadata: {annotations}})

describe('the configuration record', () => {
  it('keeps the system identifier exactly, a 64-bit number', () => {
    expect(parseConfigRecord(endpoints({initialize: '7710888424191717425'}))?.systemIdentifier).toBe(
      '7710888424191717425',
    )
  })

  it('has no system identifier while the first member is still running initdb', () => {
    expect(parseConfigRecord(endpoints({initialize: ''}))?.systemIdentifier).toBeUndefined()
  })

  it('holds configuration and history as Patroni wrote them', () => {
    const history =
      '[[1,67109024,"no recovery target specified","2026-11-22T07:06:25.788214+00:00","rhino-00-aaaa-0"],[2,83886240,"no recovery target specified"]]'
    expect(parseConfigRecord(endpoints({config: '{"ttl":30}', history}))).toEqual({
      systemIdentifier: undefined,
      configuration: {ttl: 30},
      history: [
        {
          timeline: 1,
          lsn: 67109024,
          reason: 'no recovery target specified',
          time: new Date('2026-11-22T07:06:25.788Z'),
          newLeader: 'rhino-00-aaaa-0',
        },
        {
          timeline: 2,
          lsn: 83886240,
          reason: 'no recovery target specified',
          time: undefined,
          newLeader: undefined,
        },
      ],
    })
  })

  it.each(['', '{', '[1]', '"text"', 'null'])('takes %j for no configuration and no history', text => {
    expect(parseConfigRecord(endpoints({config: text, history: text}))).toMatchObject({
      configuration: undefined,
      history: [],
    })
  })

  it('is absent without the Endpoints', () => {
    expect(parseConfigRecord(undefined)).toBeUndefined()
  })
})

describe('the synchronous record', () => {
  it('names the members that may take over', () => {
    expect(parseSyncRecord(endpoints({leader: 'a', quorum: '0', sync_standby: 'b,c'}))).toEqual({
      leader: 'a',
      standbys: ['b', 'c'],
      quorum: 0,
    })
  })

  it('is absent while synchronous mode is off', () => {
    expect(parseSyncRecord(undefined)).toBeUndefined()
    expect(parseSyncRecord(endpoints({leader: '', sync_standby: ''}))).toBeUndefined()
  })
})

describe('a switchover request', () => {
  it('is read with its candidate and time', () => {
    expect(
      parseSwitchoverRequest(
        endpoints({leader: 'a', member: 'b', scheduled_at: '2026-12-01T10:00:00+00:00'}),
      ),
    ).toEqual({
      leader: 'a',
      candidate: 'b',
      scheduledAt: new Date('2026-12-01T10:00:00Z'),
    })
  })

  it('is absent once it was carried out', () => {
    expect(parseSwitchoverRequest(endpoints({}))).toBeUndefined()
  })
})
