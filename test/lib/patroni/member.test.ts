import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {parseMember} from '../../../src/lib/patroni/member.ts'

const pod = (status: string) => ({metadata: {annotations: {status}}})
const member = (status: object) => parseMember(pod(JSON.stringify(status)))
const base = {conn_url: 'postgres://a.b:5432/postgres', api_url: 'https://a.b:8008/patroni', version: '4.0.7'}

describe("a member's status", () => {
  it('is that of a leader', () => {
    expect(
      member({...base, state: 'running', role: 'primary', xlog_location: 24399064, timeline: 1}),
    ).toEqual({
      role: 'leader',
      state: 'running',
      timeline: 1,
      walLocation: 24399064,
      replicationState: undefined,
      pendingRestart: undefined,
      paused: false,
      patroniVersion: '4.0.7',
      tags: {},
    })
  })

  it('is that of a streaming replica in a paused cluster', () => {
    const status = {
      ...base,
      state: 'running',
      role: 'replica',
      xlog_location: 67109344,
      replication_state: 'streaming',
      timeline: 2,
      pause: true,
      tags: {nosync: true},
    }
    expect(member(status)).toMatchObject({
      role: 'replica',
      replicationState: 'streaming',
      paused: true,
      tags: {nosync: true},
    })
  })

  it('names the parameters that wait for a restart', () => {
    const reason = {
      shared_preload_libraries: {old_value: 'pgaudit', new_value: 'pgaudit,pgnodemx'},
      max_connections: {old_value: null, new_value: 50},
    }
    const status = {
      ...base,
      state: 'running',
      role: 'replica',
      pending_restart: true,
      pending_restart_reason: reason,
    }
    expect(member(status)?.pendingRestart).toEqual([
      'shared_preload_libraries: pgaudit -> pgaudit,pgnodemx',
      'max_connections: unset -> 50',
    ])
    expect(
      member({...base, state: 'running', role: 'replica', pending_restart: true})?.pendingRestart,
    ).toEqual([])
  })

  it.each([
    ['master', 'leader'],
    ['promoted', 'leader'],
    ['demoted', 'replica'],
    ['standby_leader', 'standby-leader'],
    ['uninitialized', 'uninitialized'],
  ])('takes the role %s for %s', (role, expected) => {
    expect(member({state: 'stopped', role})?.role).toBe(expected)
  })

  it('is absent where Patroni wrote nothing that makes sense', () => {
    expect(parseMember(undefined)).toBeUndefined()
    expect(parseMember({metadata: {}})).toBeUndefined()
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), text => parseMember(pod(text)) === undefined))
    expect(member({state: 'running', role: 'emperor'})).toBeUndefined()
  })
})
