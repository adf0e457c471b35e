import {execFileSync} from 'node:child_process'
import {webcrypto} from 'node:crypto'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import {issuePki} from '../../../src/lib/pki/issue.ts'
import {planPki, secretTexts} from '../../../src/lib/pki/plan.ts'
import {LARGE} from '../model/manifests.ts'

const input = {
  document: withDefaults(parseDocument(LARGE, 'large')),
  namespace: 'shop',
  instances: [{name: 'orders-fast-1', set: 'fast'}],
  clusterDomain: 'cluster.local',
}
const directory = mkdtempSync(join(tmpdir(), 'pgk-pki-'))
const file = (secret: string, key: string): string => join(directory, `${secret}.${key}`)
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, {encoding: 'utf8', stdio: 'pipe'})

beforeAll(async () => {
  const now = new Date()
  for (const secret of await issuePki(planPki(input, [], now), [], {crypto: webcrypto, now})) {
    for (const [key, text] of Object.entries(secretTexts(secret))) {
      writeFileSync(file(secret.metadata.name ?? '', key), text)
    }
  }
})
afterAll(() => rmSync(directory, {recursive: true}))

describe('openssl agrees', () => {
  test.each([
    ['orders-cluster-cert', 'ca.crt', 'tls.crt', 'sslserver'],
    ['orders-replication-cert', 'ca.crt', 'tls.crt', 'sslclient'],
    ['orders-fast-1-certs', 'patroni.ca-roots', 'patroni.crt-combined', 'sslserver'],
    ['orders-fast-1-certs', 'patroni.ca-roots', 'patroni.crt-combined', 'sslclient'],
    ['orders-fast-1-certs', 'patroni.ca-roots', 'pgbackrest-server.crt', 'sslserver'],
    ['orders-pgbackrest', 'pgbackrest.ca-roots', 'pgbackrest-client.crt', 'sslclient'],
    ['orders-pgbackrest', 'pgbackrest.ca-roots', 'pgbackrest-repo-host.crt', 'sslserver'],
  ])('%s: %s vouches for %s as %s', (secret, roots, certificate, purpose) => {
    const args = ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', file(secret, roots)]
    expect(openssl(...args, file(secret, certificate))).toMatch(/: OK\n$/)
  })

  test.each([
    'orders-primary',
    'orders-replicas.shop',
    'orders-ha.shop.svc',
    'orders-primary.shop.svc.cluster.local',
  ])('the cluster certificate is good for %s', host => {
    const args = ['x509', '-noout', '-checkhost', host, '-in', file('orders-cluster-cert', 'tls.crt')]
    expect(openssl(...args)).toContain('does match certificate')
  })

  test.each([
    ['orders-replication-cert', 'tls.crt', 'subject=CN=_crunchyrepl'],
    ['orders-pgbackrest', 'pgbackrest-client.crt', 'subject=CN=pgbackrest@orders'],
    ['orders-fast-1-certs', 'dns.crt', 'subject=CN=orders-fast-1-0'],
  ])('%s %s: %s', (secret, key, subject) => {
    const shown = openssl('x509', '-noout', '-subject', '-in', file(secret, key))
    expect(shown.replace(/\s/g, '')).toBe(subject)
  })

  test('keys are P-256 in PKCS 8, which libpq and JDBC both read', () => {
    const key = file('orders-cluster-cert', 'tls.key')
    expect(openssl('pkey', '-noout', '-text', '-in', key)).toContain('NIST CURVE: P-256')
    expect(openssl('pkey', '-in', key)).toContain('BEGIN PRIVATE KEY')
  })

  test('the combined file holds a certificate and its key', () => {
    const combined = file('orders-fast-1-certs', 'patroni.crt-combined')
    const certificate = openssl('x509', '-noout', '-pubkey', '-in', combined)
    expect(openssl('pkey', '-pubout', '-in', combined)).toBe(certificate)
  })
})
