import {webcrypto} from 'node:crypto'
import {beforeAll, describe, expect, test} from 'vitest'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import {issuePki} from '../../../src/lib/pki/issue.ts'
import type {PkiInput} from '../../../src/lib/pki/needs.ts'
import {isEmptyPlan, planPki, secretTexts} from '../../../src/lib/pki/plan.ts'
import type {KubeObject} from '../../../src/lib/ports.ts'
import {LARGE} from '../model/manifests.ts'

const now = new Date('2026-03-01T12:00:00Z')
const daysLater = (days: number): Date => new Date(now.getTime() + days * 86_400_000)

const input: PkiInput = {
  document: withDefaults(parseDocument(LARGE, 'large')),
  namespace: 'shop',
  instances: [
    {name: 'orders-fast-1', set: 'fast'},
    {name: 'orders-slow-1', set: 'slow'},
  ],
  clusterDomain: 'cluster.local.',
}

/** Carries a plan out and gives all Secrets that exist afterwards. */
async function carriedOut(
  given: PkiInput,
  existing: readonly KubeObject[],
  time: Date,
): Promise<KubeObject[]> {
  const written = await issuePki(planPki(given, existing, time), existing, {crypto: webcrypto, now: time})
  const names = new Set(written.map(({metadata}) => metadata.name))
  return [...existing.filter(({metadata}) => !names.has(metadata.name)), ...written]
}

let secrets: readonly KubeObject[] = []
beforeAll(async () => {
  secrets = await carriedOut(input, [], now)
})

const texts = (name: string, among = secrets) =>
  secretTexts(among.find(({metadata}) => metadata.name === name))
/** The existing Secrets with one of them changed. */
const changed = (name: string, data: Record<string, string>): KubeObject[] =>
  secrets.map(secret => {
    if (secret.metadata.name !== name) return secret
    const all = Object.entries({...secretTexts(secret), ...data})
    return {...secret, data: Object.fromEntries(all.map(([key, value]) => [key, btoa(value)]))}
  })
const reasons = (existing: readonly KubeObject[], time = now, given = input): string[] =>
  planPki(given, existing, time).secrets.flatMap(({secret, issue, reasons}) => [
    ...issue.map(({leaf, reason}) => `${secret.name} ${leaf.certificate}: ${reason}`),
    ...reasons.map(reason => `${secret.name}: ${reason}`),
  ])

describe('certificates', () => {
  test('a new cluster gets all Secrets, the root before what it signed', () => {
    expect(secrets.map(({metadata}) => metadata.name)).toEqual([
      'orders-root-cacert',
      'orders-cluster-cert',
      'orders-replication-cert',
      'orders-fast-1-certs',
      'orders-slow-1-certs',
      'orders-pgbackrest',
    ])
    expect(Object.keys(texts('orders-pgbackrest')).sort()).toEqual([
      'pgbackrest-client.crt',
      'pgbackrest-client.key',
      'pgbackrest-repo-host.crt',
      'pgbackrest-repo-host.key',
      'pgbackrest.ca-roots',
    ])
  })

  test('a second run has nothing to do', () => {
    expect(isEmptyPlan(planPki(input, secrets, now))).toBe(true)
  })

  test('keys are random', async () => {
    const [other] = await carriedOut(input, [], now)
    expect(secretTexts(other)['root.key']).not.toBe(texts('orders-root-cacert')['root.key'])
  })

  test('nothing is renewed before two thirds of a year, and only the leaves then', () => {
    expect(reasons(secrets, daysLater(243))).toEqual([])
    const {newRoot, secrets: due} = planPki(input, secrets, daysLater(244))
    expect([newRoot, due.flatMap(({issue}) => issue).length]).toEqual([undefined, 6])
    expect(reasons(secrets, daysLater(244))[0]).toBe(
      'orders-cluster-cert tls.crt: two thirds of its life are over',
    )
  })

  test('an old root is replaced, and trusted until it ends', async () => {
    const later = await carriedOut(input, secrets, daysLater(2434))
    expect(planPki(input, secrets, daysLater(2434)).newRoot).toBe('two thirds of its life are over')
    const bundle = texts('orders-cluster-cert', later)['ca.crt'] ?? ''
    expect(bundle).toBe(
      `${texts('orders-root-cacert', later)['root.crt']}${texts('orders-root-cacert')['root.crt']}`,
    )
    expect(isEmptyPlan(planPki(input, later, daysLater(2434)))).toBe(true)
  })

  test('another instance needs its own certificate and no other', () => {
    const grown = {...input, instances: [...input.instances, {name: 'orders-fast-2', set: 'fast'}]}
    expect(reasons(secrets, now, grown)).toEqual(['orders-fast-2-certs dns.crt: missing'])
  })

  test('another cluster domain is a reason, a trailing dot is none', () => {
    expect(reasons(secrets, now, {...input, clusterDomain: 'cluster.local'})).toEqual([])
    expect(reasons(secrets, now, {...input, clusterDomain: 'k8s.example'})).toContain(
      'orders-pgbackrest pgbackrest-repo-host.crt: not good for orders-repo-host-0.orders-pods.shop.svc.k8s.example',
    )
  })

  test('without backups pgBackRest needs no certificates', () => {
    const {backups: _none, ...spec} = input.document.spec
    const given = {...input, document: {...input.document, spec}}
    expect(planPki(given, [], now).secrets.map(({secret}) => secret.name)).not.toContain('orders-pgbackrest')
  })

  test('damage is found and only what is damaged is issued again', async () => {
    const broken = changed('orders-pgbackrest', {'pgbackrest-client.key': 'nonsense'})
    expect(reasons(broken)).toEqual(['orders-pgbackrest pgbackrest-client.crt: without its private key'])
    const healed = await carriedOut(input, broken, now)
    const [before, now_] = [texts('orders-pgbackrest'), texts('orders-pgbackrest', healed)]
    expect(now_['pgbackrest-repo-host.crt']).toBe(before['pgbackrest-repo-host.crt'])
    expect(now_['pgbackrest-client.crt']).not.toBe(before['pgbackrest-client.crt'])
    expect(reasons(healed)).toEqual([])
  })

  test.each([
    ['orders-cluster-cert', {'tls.crt': ''}, 'tls.crt: missing'],
    ['orders-cluster-cert', {'tls.crt': 'junk'}, 'tls.crt: unreadable'],
    ['orders-cluster-cert', {'ca.crt': 'junk'}, ': other roots are to be trusted'],
    ['orders-fast-1-certs', {'patroni.crt-combined': 'junk'}, ': patroni.crt-combined differs from dns.crt'],
  ])('%s with %j', (name, data, reason) => {
    expect(reasons(changed(name, data))).toEqual([expect.stringContaining(reason)])
  })

  test('a certificate of another issuer is replaced', async () => {
    const foreign = await carriedOut(input, [], now)
    const {'tls.crt': certificate = '', 'tls.key': key = ''} = texts('orders-replication-cert', foreign)
    expect(reasons(changed('orders-replication-cert', {'tls.crt': certificate, 'tls.key': key}))).toEqual([
      'orders-replication-cert tls.crt: from another issuer',
    ])
  })

  test('a root without its key cannot go on', () => {
    expect(planPki(input, changed('orders-root-cacert', {'root.key': 'junk'}), now).newRoot).toBe(
      'without its private key',
    )
  })
})
