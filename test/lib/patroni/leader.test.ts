import {describe, expect, it} from 'vitest'
import {leadership, parseLeader} from '../../../src/lib/patroni/leader.ts'

/** Annotations as a leader of Patroni 4.0.7 wrote them. */
const recorded = {
  leader: 'rhino-00-bbbb-0',
  ttl: '30',
  renewTime: '2026-11-22T07:05:16.276903+00:00',
  acquireTime: '2026-11-22T07:05:16.111112+00:00',
  transitions: '0',
  optime: '33554680',
  slots: '{"rhino_00_bbbb_0":33554680}',
}
const endpoints = (annotations: Record<string, string>) => ({metadata: {annotations}})
const record = (changes: Record<string, string> = {}) => parseLeader(endpoints({...recorded, ...changes}))
const seconds = (after: number): Date => new Date(Date.parse('2026-11-22T07:05:16.276Z') + after * 1000)

describe('the leader record', () => {
  it('is read from the annotations of the Endpoints', () => {
    expect(record()).toEqual({
      leader: 'rhino-00-bbbb-0',
      ttlSeconds: 30,
      renewTime: new Date('2026-11-22T07:05:16.276Z'),
      acquireTime: new Date('2026-11-22T07:05:16.111Z'),
      transitions: 0,
      optime: 33554680,
    })
  })

  it('is absent without the Endpoints, and empty when somebody else wrote nonsense', () => {
    expect(parseLeader(undefined)).toBeUndefined()
    const nonsense = {
      leader: '',
      ttl: '-1',
      renewTime: 'yesterday',
      acquireTime: '2026-13-45T99:00:00Z',
      transitions: '1e3',
      optime: '9'.repeat(30),
    }
    expect(new Set(Object.values(parseLeader(endpoints(nonsense)) ?? {}))).toEqual(new Set([undefined]))
  })
})

describe('leadership', () => {
  it('is held while the lease lasts', () => {
    expect(leadership(record(), seconds(30))).toMatchObject({state: 'held', leader: 'rhino-00-bbbb-0'})
    expect(leadership(record({ttl: '20'}), seconds(25))).toMatchObject({state: 'expired'})
  })

  it('is not that of a leader that hangs: its name stays, its renewal does not', () => {
    expect(leadership(record(), seconds(33))).toEqual({
      state: 'expired',
      leader: 'rhino-00-bbbb-0',
      ageSeconds: 33,
    })
  })

  it('is held when the holder’s clock runs ahead', () => {
    expect(leadership(record(), seconds(-60))).toMatchObject({state: 'held'})
  })

  it('is nobody’s without a record or a name', () => {
    expect(leadership(undefined, seconds(0))).toEqual({state: 'none'})
    expect(leadership(record({leader: ''}), seconds(0))).toEqual({state: 'none'})
  })

  it('is not believed without a time', () => {
    expect(leadership(record({renewTime: 'soon'}), seconds(0))).toMatchObject({state: 'expired'})
    expect(leadership(record({ttl: ''}), seconds(0))).toMatchObject({state: 'expired'})
  })
})
