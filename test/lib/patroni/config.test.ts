import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {parse} from 'yaml'
import {clusterConfig, instanceConfig} from '../../../src/lib/patroni/config.ts'
import {dynamicConfiguration, sameConfiguration} from '../../../src/lib/patroni/dynamic.ts'
import {readCase} from '../render/cases.ts'

const {document} = readCase('two-sets')
/** As Patroni's YAML reader takes it, for which a bare `on` is a boolean. */
const read = (text: string): unknown => parse(text, {version: '1.1'})
const withPatroni = (patroni: Partial<typeof document.spec.patroni>) => ({
  ...document,
  spec: {...document.spec, patroni: {...document.spec.patroni, ...patroni}},
})

describe('the dynamic configuration', () => {
  it('keeps what the document says, under what has to be', () => {
    expect(dynamicConfiguration(document)).toMatchObject({
      ttl: 20,
      loop_wait: 5,
      retry_timeout: 7,
      synchronous_mode: true,
      postgresql: {use_pg_rewind: true, use_slots: false, parameters: {work_mem: '16MB', ssl: 'on'}},
    })
  })

  it('lets the document decide on slots and the retry timeout, not on pg_rewind', () => {
    const asked = {retry_timeout: 4, postgresql: {use_slots: true, use_pg_rewind: false}}
    expect(dynamicConfiguration(withPatroni({dynamicConfiguration: asked}))).toMatchObject({
      retry_timeout: 4,
      postgresql: {use_slots: true, use_pg_rewind: true},
    })
  })

  it('never lets a slow API cost the leader its lock: the lease outlasts a loop and two tries', () => {
    fc.assert(
      fc.property(fc.integer({min: 20, max: 600}), fc.integer({min: 1, max: 14}), (lease, loop) => {
        const found = dynamicConfiguration(
          withPatroni({leaderLeaseDurationSeconds: lease, syncPeriodSeconds: loop}),
        )
        const retry = Number(found['retry_timeout'])
        return retry >= 3 && retry <= 10 && loop + 2 * retry <= lease
      }),
    )
  })

  it('is the same for Patroni whatever the order of keys, and not when a list changed', () => {
    expect(sameConfiguration({a: 1, b: {c: [1, 2]}}, {b: {c: [1, 2]}, a: 1})).toBe(true)
    expect(sameConfiguration({a: [1, 2]}, {a: [2, 1]})).toBe(false)
    expect(sameConfiguration({a: 1}, {a: 1, b: 2})).toBe(false)
    expect(sameConfiguration({a: 1, b: 2}, {a: 1})).toBe(false)
    expect(sameConfiguration({a: {}}, {a: []})).toBe(false)
    expect(sameConfiguration({constructor: 1}, {})).toBe(false)
  })
})

describe('patroni.yaml', () => {
  it('bootstraps with exactly the dynamic configuration', () => {
    expect(read(clusterConfig(document, 'db'))).toMatchObject({
      scope: 'rhino-ha',
      kubernetes: {namespace: 'db'},
      bootstrap: {dcs: dynamicConfiguration(document)},
    })
  })

  it('reads as it was meant even by a reader for whom on, off and 1:30 are no texts', () => {
    const parameters = {a: 'on', b: 'no', c: '1:30', d: '010', e: '~', f: '1_000'}
    const tricky = withPatroni({dynamicConfiguration: {tags: parameters}})
    expect(read(clusterConfig(tricky, 'on'))).toMatchObject({
      kubernetes: {namespace: 'on'},
      bootstrap: {dcs: {tags: parameters}},
    })
  })

  it('makes replicas from the leader until there is a backup, and then from the repository', () => {
    const config = {bootstrap: 'initdb', walVolume: false, repo: 2} as const
    expect(read(instanceConfig(17, {...config, fromBackup: false}))).toMatchObject({
      postgresql: {create_replica_methods: ['basebackup']},
    })
    expect(read(instanceConfig(17, {...config, fromBackup: true}))).toMatchObject({
      postgresql: {
        create_replica_methods: ['pgbackrest', 'basebackup'],
        pgbackrest: {command: 'pgbackrest restore --delta --stanza=db --repo=2 --type=standby'},
      },
    })
  })

  it('puts the WAL onto its volume however the data directory comes to be', () => {
    const text = instanceConfig(17, {bootstrap: 'existing', walVolume: true, repo: 1, fromBackup: true})
    expect(read(text)).toMatchObject({
      postgresql: {
        basebackup: [{checkpoint: 'fast'}, {waldir: '/pgwal/pg17_wal'}],
        pgbackrest: {command: expect.stringContaining('--link-map=pg_wal=/pgwal/pg17_wal')},
      },
      bootstrap: {method: 'existing', initdb: expect.arrayContaining([{waldir: '/pgwal/pg17_wal'}])},
    })
  })
})
