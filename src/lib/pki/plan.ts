import {clusterNames} from '../model/names.ts'
import type {KubeObject} from '../ports.ts'
import {
  commonName,
  dnsNames,
  isOld,
  issuedBy,
  keyFits,
  type ReadCertificate,
  readCertificate,
} from './certificate.ts'
import {type CertificateSecret, certificateSecrets, type Leaf, type PkiInput} from './needs.ts'

/** A certificate to issue, and why, for the reader: `missing`, `two thirds of its life are over`, … */
export interface LeafToIssue {
  leaf: Leaf
  reason: string
}

/** A Secret to write: some of its certificates are issued anew, the others kept. */
export interface SecretToWrite {
  secret: CertificateSecret
  issue: LeafToIssue[]
  /** Why it is written though nothing is issued: other roots to trust, a lost copy, a label. */
  reasons: string[]
}

export interface PkiPlan {
  namespace: string
  cluster: string
  /** Why a new root is needed; absent while the one that is there is good. */
  newRoot?: string
  secrets: SecretToWrite[]
}

/** Text values of a Secret by key. */
export type SecretTexts = Readonly<Record<string, string>>

/** Decodes a Secret's data; anything unreadable counts as absent. */
export function secretTexts(secret: KubeObject | undefined): SecretTexts {
  const data = secret?.['data']
  if (typeof data !== 'object' || data === null) return {}
  const texts: Record<string, string> = {}
  for (const [key, value] of Object.entries(data)) {
    if (typeof value === 'string' && value !== '') texts[key] = Buffer.from(value, 'base64').toString('utf8')
  }
  return texts
}

export const findSecret = (existing: readonly KubeObject[], name: string): KubeObject | undefined =>
  existing.find(secret => secret.metadata.name === name)

function rootComplaint(texts: SecretTexts, now: Date): string | undefined {
  const root = readCertificate(texts['root.crt'])
  if (root === undefined) return texts['root.crt'] === undefined ? 'missing' : 'unreadable'
  if (!root.x509.ca) return 'no certificate authority'
  if (!keyFits(root, texts['root.key'])) return 'without its private key'
  return isOld(root, now) ? 'two thirds of its life are over' : undefined
}

/** The root first, then the one before it while replicas may still show its certificates. */
export function trustedRoots(texts: SecretTexts): string {
  return [texts['root.crt'], texts['previous.crt']].filter(text => text !== undefined).join('')
}

function leafComplaint(leaf: Leaf, texts: SecretTexts, root: ReadCertificate, now: Date): string | undefined {
  const found = readCertificate(texts[leaf.certificate])
  if (found === undefined) return texts[leaf.certificate] === undefined ? 'missing' : 'unreadable'
  if (!keyFits(found, texts[leaf.privateKey])) return 'without its private key'
  if (!issuedBy(found, root)) return 'from another issuer'
  if (commonName(found) !== leaf.commonName) return `made out to ${commonName(found)}`
  const names = dnsNames(found)
  const lacking = leaf.dnsNames.filter(name => !names.includes(name))
  if (lacking.length > 0) return `not good for ${lacking.join(', ')}`
  return isOld(found, now) ? 'two thirds of its life are over' : undefined
}

/** The value of a key that repeats others. */
export function copyOf(
  kind: 'certificate' | 'privateKey' | 'both',
  certificate: string,
  privateKey: string,
): string {
  if (kind === 'both') return `${certificate}${privateKey}`
  return kind === 'certificate' ? certificate : privateKey
}

function copyComplaints({leaves}: CertificateSecret, texts: SecretTexts): string[] {
  return leaves.flatMap(({certificate, privateKey, copies = []}) =>
    copies
      .filter(({key, of}) => texts[key] !== copyOf(of, texts[certificate] ?? '', texts[privateKey] ?? ''))
      .map(({key}) => `${key} differs from ${certificate}`),
  )
}

function planSecret(
  secret: CertificateSecret,
  found: KubeObject | undefined,
  root: {certificate: ReadCertificate; trusted: string} | undefined,
  now: Date,
): SecretToWrite[] {
  const texts = secretTexts(found)
  if (root === undefined) {
    return [{secret, issue: secret.leaves.map(leaf => ({leaf, reason: 'there is a new root'})), reasons: []}]
  }
  const issue = secret.leaves.flatMap(leaf => {
    const reason = leafComplaint(leaf, texts, root.certificate, now)
    return reason === undefined ? [] : [{leaf, reason}]
  })
  if (found === undefined) return [{secret, issue, reasons: []}]
  const labels = Object.entries(secret.labels).every(([key, value]) => found.metadata.labels?.[key] === value)
  const reasons = [
    ...(texts[secret.roots] === root.trusted ? [] : ['other roots are to be trusted']),
    ...(issue.length > 0 ? [] : copyComplaints(secret, texts)),
    ...(labels ? [] : ['labels are missing']),
  ]
  return issue.length === 0 && reasons.length === 0 ? [] : [{secret, issue, reasons}]
}

/**
 * Pure. Which certificates are missing, old, or not what the cluster needs, among the Secrets that exist.
 * An empty plan means that nothing has to be written; carrying a plan out leads to an empty one.
 */
export function planPki(input: PkiInput, existing: readonly KubeObject[], now: Date): PkiPlan {
  const cluster = input.document.metadata.name
  const rootTexts = secretTexts(findSecret(existing, clusterNames(cluster).rootCaSecret))
  const newRoot = rootComplaint(rootTexts, now)
  const certificate = newRoot === undefined ? readCertificate(rootTexts['root.crt']) : undefined
  const root = certificate && {certificate, trusted: trustedRoots(rootTexts)}
  return {
    namespace: input.namespace,
    cluster,
    ...(newRoot === undefined ? {} : {newRoot}),
    secrets: certificateSecrets(input).flatMap(secret =>
      planSecret(secret, findSecret(existing, secret.name), root, now),
    ),
  }
}

export const isEmptyPlan = ({newRoot, secrets}: PkiPlan): boolean =>
  newRoot === undefined && secrets.length === 0
