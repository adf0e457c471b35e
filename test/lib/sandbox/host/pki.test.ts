import {X509Certificate} from 'node:crypto'
import {mkdtempSync, readdirSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {parse} from 'yaml'
import {ensurePki, kubeconfigText, readPki} from '../../../../src/lib/sandbox/host/pki.ts'
import {addressesIn} from '../../../../src/lib/sandbox/network/ranges.ts'

const addresses = addressesIn('10.203.0.0/16')
let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pki-'))
})
afterEach(() => rmSync(root, {recursive: true}))
const paths = () => ({root, run: root, images: root})

describe('the identities of a sandbox', () => {
  test('are made once and read the same ever after', async () => {
    const made = await ensurePki(paths(), addresses)
    expect(await ensurePki(paths(), addresses)).toEqual(made)
    expect(await readPki(paths())).toEqual(made)
  })

  test('can be read by nobody but root', async () => {
    await ensurePki(paths(), addresses)
    const modes = readdirSync(join(root, 'pki')).map(file => statSync(join(root, 'pki', file)).mode & 0o777)
    expect(new Set(modes)).toEqual(new Set([0o600]))
  })

  test('the server proves every name and address that clients and pods use, under one authority', async () => {
    const pki = await ensurePki(paths(), addresses)
    const authority = new X509Certificate(pki.authority.certificate)
    const server = new X509Certificate(pki.server.certificate)
    expect(server.checkIssued(authority) && server.verify(authority.publicKey)).toBe(true)
    for (const ip of ['127.0.0.1', addresses.bridgeIp, addresses.apiServiceIp])
      expect(server.checkIP(ip), ip).toBe(ip)
    for (const name of ['localhost', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'])
      expect(server.checkHost(name), name).toBe(name)
  })

  test('a server certificate that lacks the new addresses is replaced, the authority is not', async () => {
    const before = await ensurePki(paths(), addresses)
    const after = await ensurePki(paths(), addressesIn('10.204.0.0/16'))
    expect(after.server.certificate).not.toBe(before.server.certificate)
    expect(after.authority).toEqual(before.authority)
  })

  test('the kubeconfig names the administrator’s group and the server', async () => {
    const pki = await ensurePki(paths(), addresses)
    const config = parse(kubeconfigText('pgk-sandbox', 'https://127.0.0.1:6443', pki))
    const data = Buffer.from(config.users[0].user['client-certificate-data'], 'base64')
    expect(config['current-context']).toBe('pgk-sandbox')
    expect(config.clusters[0].cluster.server).toBe('https://127.0.0.1:6443')
    expect(new X509Certificate(data).subject.split('\n').sort()).toEqual([
      'CN=kubernetes-admin',
      'O=system:masters',
    ])
  })
})
