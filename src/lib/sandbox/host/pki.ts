import {generateKeyPairSync, X509Certificate} from 'node:crypto'
import {existsSync} from 'node:fs'
import {mkdir, readFile} from 'node:fs/promises'
import {hostname} from 'node:os'
import {join} from 'node:path'
import {stringify} from 'yaml'
import type {Addresses, SandboxPaths} from '../ports.ts'
import type {CertifiedKey} from './certificates.ts'
import {writeWhole} from './write.ts'

/** PEM texts of everything that proves an identity in the sandbox. */
export interface SandboxPki {
  authority: CertifiedKey
  server: CertifiedKey
  admin: CertifiedKey
  /** Signs the tokens of ServiceAccounts. */
  serviceAccountKey: string
}

const files = {
  'ca.crt': 'ca.crt',
  'ca.key': 'ca.key',
  'server.crt': 'apiserver.crt',
  'server.key': 'apiserver.key',
  'admin.crt': 'admin.crt',
  'admin.key': 'admin.key',
  serviceAccount: 'sa.key',
}

/** Reads what is there and makes what is missing or, for the server's certificate, lacks a name. */
export async function ensurePki(paths: SandboxPaths, addresses: Addresses): Promise<SandboxPki> {
  const folder = join(paths.root, 'pki')
  await mkdir(folder, {recursive: true, mode: 0o700})
  const at = (file: keyof typeof files) => join(folder, files[file])
  const issue = await import('./certificates.ts')
  const authority = await keep(at('ca.crt'), at('ca.key'), () => issue.createAuthority('pgk-sandbox-ca'))
  const names = serverNames(addresses)
  const server = await keep(
    at('server.crt'),
    at('server.key'),
    () => issue.issueLeaf(authority, {commonName: 'kube-apiserver', usage: 'server', ...names}),
    certificate => covers(certificate, names),
  )
  const admin = await keep(at('admin.crt'), at('admin.key'), () =>
    issue.issueLeaf(authority, {
      commonName: 'kubernetes-admin',
      organization: 'system:masters',
      usage: 'client',
    }),
  )
  if (!existsSync(at('serviceAccount'))) {
    const {privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'})
    await writeWhole(at('serviceAccount'), privateKey.export({type: 'pkcs8', format: 'pem'}).toString())
  }
  return {authority, server, admin, serviceAccountKey: await readFile(at('serviceAccount'), 'utf8')}
}

/** The same from files that are there; throws when one is missing. For the daemon, which makes none. */
export async function readPki(paths: SandboxPaths): Promise<SandboxPki> {
  const read = (file: keyof typeof files) => readFile(join(paths.root, 'pki', files[file]), 'utf8')
  const pair = async (name: 'ca' | 'server' | 'admin') => ({
    certificate: await read(`${name}.crt`),
    key: await read(`${name}.key`),
  })
  return {
    authority: await pair('ca'),
    server: await pair('server'),
    admin: await pair('admin'),
    serviceAccountKey: await read('serviceAccount'),
  }
}

/** The kubeconfig of the sandbox's administrator, as kubectl reads it. */
export function kubeconfigText(name: string, server: string, pki: SandboxPki): string {
  const encode = (text: string) => Buffer.from(text).toString('base64')
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    contexts: [{name, context: {cluster: name, user: name}}],
    clusters: [{name, cluster: {server, 'certificate-authority-data': encode(pki.authority.certificate)}}],
    users: [
      {
        name,
        user: {
          'client-certificate-data': encode(pki.admin.certificate),
          'client-key-data': encode(pki.admin.key),
        },
      },
    ],
  })
}

async function keep(
  certificateFile: string,
  keyFile: string,
  make: () => Promise<CertifiedKey>,
  isGood: (certificate: X509Certificate) => boolean = () => true,
): Promise<CertifiedKey> {
  if (existsSync(certificateFile) && existsSync(keyFile)) {
    const certificate = await readFile(certificateFile, 'utf8')
    if (isGood(new X509Certificate(certificate))) return {certificate, key: await readFile(keyFile, 'utf8')}
  }
  const made = await make()
  await writeWhole(keyFile, made.key)
  await writeWhole(certificateFile, made.certificate)
  return made
}

function serverNames(addresses: Addresses) {
  const service = 'kubernetes.default.svc'
  return {
    dnsNames: [
      'localhost',
      hostname().toLowerCase(),
      'kubernetes',
      'kubernetes.default',
      service,
      `${service}.${addresses.clusterDomain}`,
    ],
    addresses: ['127.0.0.1', addresses.bridgeIp, addresses.apiServiceIp],
  }
}

function covers(certificate: X509Certificate, names: ReturnType<typeof serverNames>): boolean {
  return (
    names.dnsNames.every(name => certificate.checkHost(name) !== undefined) &&
    names.addresses.every(address => certificate.checkIP(address) !== undefined)
  )
}
