// The X.509 library's container of classes needs this before it is loaded.
import 'reflect-metadata'
import {createPrivateKey, type webcrypto} from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import {clusterLabels, type Labels} from '../model/labels.ts'
import {clusterNames} from '../model/names.ts'
import type {KubeObject} from '../ports.ts'
import {readCertificate} from './certificate.ts'
import type {Leaf} from './needs.ts'
import {
  copyOf,
  findSecret,
  type PkiPlan,
  type SecretTexts,
  type SecretToWrite,
  secretTexts,
  trustedRoots,
} from './plan.ts'

/** WebCrypto for keys, signatures and serial numbers; the time from which certificates are valid. */
export interface PkiWorld {
  crypto: webcrypto.Crypto
  now: Date
}

interface Root {
  certificate: X509Certificate
  key: webcrypto.CryptoKey
  /** What its Secret holds. */
  texts: SecretTexts
}

const KEY = {name: 'ECDSA', namedCurve: 'P-256'}
const SIGNATURE = {name: 'ECDSA', hash: 'SHA-384'}
const DAY = 86_400_000
const ROOT_DAYS = 3650
const LEAF_DAYS = 365
/** Clocks of nodes may be behind. */
const BACKDATE = 3_600_000

const fromBase64 = (pem: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(pem.replace(/-----[^-]+-----|\s/g, '')), character => character.charCodeAt(0))

const pem = (bytes: ArrayBuffer, label: string): string => {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/** A positive number of 16 bytes, in hexadecimal. */
function serialNumber(crypto: webcrypto.Crypto): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return Buffer.from(bytes).toString('hex')
}

const validity = ({now}: PkiWorld, days: number) => ({
  notBefore: new Date(now.getTime() - BACKDATE),
  notAfter: new Date(now.getTime() + days * DAY),
})

/** `20261123T074700Z`: a common name has at most 64 characters, a cluster's name up to 45. */
const compact = (time: Date): string => time.toISOString().replace(/\.\d+|[-:]/g, '')

const certificatePem = (certificate: X509Certificate): string => pem(certificate.rawData, 'CERTIFICATE')

async function newKeys({crypto}: PkiWorld): Promise<{keys: webcrypto.CryptoKeyPair; text: string}> {
  const keys = await crypto.subtle.generateKey(KEY, true, ['sign', 'verify'])
  return {keys, text: pem(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')}
}

async function issueRoot(cluster: string, world: PkiWorld, before: SecretTexts): Promise<Root> {
  const {keys, text} = await newKeys(world)
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      // The time keeps a root apart from the one before it: a chain is found by the issuer's name.
      name: [{CN: [`${cluster} ${compact(world.now)}`]}, {O: ['pgk']}],
      serialNumber: serialNumber(world.crypto),
      ...validity(world, ROOT_DAYS),
      keys,
      signingAlgorithm: SIGNATURE,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, world.crypto),
      ],
    },
    world.crypto,
  )
  const previous = readCertificate(before['root.crt'])
  const kept = previous?.x509.ca && previous.notAfter > world.now
  return {
    certificate,
    key: keys.privateKey,
    texts: {
      'root.crt': certificatePem(certificate),
      'root.key': text,
      ...(kept && before['root.crt'] !== undefined ? {'previous.crt': before['root.crt']} : {}),
    },
  }
}

async function readRoot(texts: SecretTexts, {crypto}: PkiWorld): Promise<Root> {
  const {'root.crt': certificate = '', 'root.key': key = ''} = texts
  // Keys of other tools may be in the older SEC 1 form, which WebCrypto does not read.
  const pkcs8 = createPrivateKey(key).export({type: 'pkcs8', format: 'pem'}).toString()
  return {
    certificate: new X509Certificate(fromBase64(certificate)),
    key: await crypto.subtle.importKey('pkcs8', fromBase64(pkcs8), KEY, false, ['sign']),
    texts,
  }
}

async function issueLeaf(leaf: Leaf, root: Root, world: PkiWorld): Promise<Record<string, string>> {
  const {keys, text} = await newKeys(world)
  const names: Extension[] =
    leaf.dnsNames.length === 0
      ? []
      : [new SubjectAlternativeNameExtension(leaf.dnsNames.map(value => ({type: 'dns' as const, value})))]
  const certificate = await X509CertificateGenerator.create(
    {
      subject: [{CN: [leaf.commonName]}],
      issuer: root.certificate.subjectName,
      serialNumber: serialNumber(world.crypto),
      ...validity(world, LEAF_DAYS),
      publicKey: keys.publicKey,
      signingKey: root.key,
      signingAlgorithm: SIGNATURE,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        await AuthorityKeyIdentifierExtension.create(root.certificate, false, world.crypto),
        ...names,
      ],
    },
    world.crypto,
  )
  return {[leaf.certificate]: certificatePem(certificate), [leaf.privateKey]: text}
}

async function secretValues(
  {secret, issue}: SecretToWrite,
  found: KubeObject | undefined,
  root: Root,
  world: PkiWorld,
): Promise<SecretTexts> {
  const issued = await Promise.all(issue.map(({leaf}) => issueLeaf(leaf, root, world)))
  const texts: SecretTexts = Object.assign({}, secretTexts(found), ...issued)
  const pairs = secret.leaves.map(({certificate, privateKey, copies = []}) => {
    const [shown, hidden] = [texts[certificate] ?? '', texts[privateKey] ?? '']
    const repeated = copies.map(({key, of}) => [key, copyOf(of, shown, hidden)] as const)
    return {[certificate]: shown, [privateKey]: hidden, ...Object.fromEntries(repeated)}
  })
  return Object.assign({[secret.roots]: trustedRoots(root.texts)}, ...pairs)
}

const secretObject = (name: string, namespace: string, labels: Labels, texts: SecretTexts): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {name, namespace, labels},
  type: 'Opaque',
  data: Object.fromEntries(
    Object.entries(texts).map(([key, value]) => [key, Buffer.from(value, 'utf8').toString('base64')]),
  ),
})

/**
 * Makes the Secrets of a plan, whole, in the order in which they must be written: a root that is not
 * stored before its certificates would be lost with them. `existing` must be what the plan was made from.
 */
export async function issuePki(
  plan: PkiPlan,
  existing: readonly KubeObject[],
  world: PkiWorld,
): Promise<KubeObject[]> {
  if (plan.newRoot === undefined && plan.secrets.length === 0) return []
  const {rootCaSecret} = clusterNames(plan.cluster)
  const before = secretTexts(findSecret(existing, rootCaSecret))
  const root =
    plan.newRoot === undefined ? await readRoot(before, world) : await issueRoot(plan.cluster, world, before)
  const rootSecret = secretObject(rootCaSecret, plan.namespace, clusterLabels(plan.cluster), root.texts)
  const leaves = await Promise.all(
    plan.secrets.map(async wanted => {
      const values = await secretValues(wanted, findSecret(existing, wanted.secret.name), root, world)
      return secretObject(wanted.secret.name, plan.namespace, wanted.secret.labels, values)
    }),
  )
  return plan.newRoot === undefined ? leaves : [rootSecret, ...leaves]
}
