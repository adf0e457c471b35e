// The X.509 library's container of classes needs this before it is loaded.
import 'reflect-metadata'
import {createPrivateKey, randomBytes, webcrypto} from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

const keyAlgorithm = {name: 'ECDSA', namedCurve: 'P-256'}
const signingAlgorithm = {name: 'ECDSA', hash: 'SHA-256'}
const years = 10
const dayMilliseconds = 86_400_000

/** PEM texts. */
export interface CertifiedKey {
  certificate: string
  key: string
}

export interface LeafRequest {
  commonName: string
  /** Groups of a user; `O` of the subject. */
  organization?: string
  usage: 'server' | 'client'
  dnsNames?: readonly string[]
  addresses?: readonly string[]
}

/** A new certificate authority. */
export async function createAuthority(commonName: string): Promise<CertifiedKey> {
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{CN: [commonName]}],
      serialNumber: serialNumber(),
      ...validity(),
      keys,
      signingAlgorithm,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return {certificate: certificate.toString('pem'), key: await privatePem(keys)}
}

/** A key with a certificate for one server or client, signed by the authority. */
export async function issueLeaf(authority: CertifiedKey, request: LeafRequest): Promise<CertifiedKey> {
  const keys = await newKeys()
  const issuer = new X509Certificate(authority.certificate)
  const subject = [{CN: [request.commonName]}]
  const certificate = await X509CertificateGenerator.create(
    {
      subject: request.organization === undefined ? subject : [{O: [request.organization]}, ...subject],
      issuer: issuer.subjectName,
      serialNumber: serialNumber(),
      ...validity(),
      publicKey: keys.publicKey,
      signingKey: await signingKey(authority.key),
      signingAlgorithm,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
        new ExtendedKeyUsageExtension([
          request.usage === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
        ]),
        await AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
        ...alternativeNames(request),
      ],
    },
    webcrypto,
  )
  return {certificate: certificate.toString('pem'), key: await privatePem(keys)}
}

function alternativeNames({dnsNames = [], addresses = []}: LeafRequest): Extension[] {
  const names = [
    ...dnsNames.map(value => ({type: 'dns' as const, value})),
    ...addresses.map(value => ({type: 'ip' as const, value})),
  ]
  return names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
}

async function privatePem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  return createPrivateKey({key: der, format: 'der', type: 'pkcs8'})
    .export({type: 'pkcs8', format: 'pem'})
    .toString()
}

function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({type: 'pkcs8', format: 'der'})
  return webcrypto.subtle.importKey('pkcs8', der, keyAlgorithm, false, ['sign'])
}

/** A day back, for machines whose clocks differ. */
function validity(): {notBefore: Date; notAfter: Date} {
  const now = Date.now()
  return {
    notBefore: new Date(now - dayMilliseconds),
    notAfter: new Date(now + years * 365 * dayMilliseconds),
  }
}

/** Positive and without a leading zero, as DER wants it. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}
