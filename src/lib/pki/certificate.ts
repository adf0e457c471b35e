import {createPrivateKey, X509Certificate} from 'node:crypto'

/** A certificate as read from a Secret. */
export interface ReadCertificate {
  x509: X509Certificate
  notBefore: Date
  notAfter: Date
}

/** The first certificate of a PEM text, or undefined when there is none that can be read. */
export function readCertificate(pem: string | undefined): ReadCertificate | undefined {
  if (pem === undefined) return undefined
  try {
    const x509 = new X509Certificate(pem)
    return {x509, notBefore: x509.validFromDate, notAfter: x509.validToDate}
  } catch {
    return undefined
  }
}

/** The common name of the subject. */
export const commonName = ({x509}: ReadCertificate): string | undefined =>
  x509.subject
    .split('\n')
    .find(part => part.startsWith('CN='))
    ?.slice(3)

export const dnsNames = ({x509}: ReadCertificate): string[] =>
  (x509.subjectAltName ?? '').split(', ').flatMap(name => (name.startsWith('DNS:') ? [name.slice(4)] : []))

/** True when two thirds of the certificate's life are over: time to renew. */
export function isOld({notBefore, notAfter}: ReadCertificate, now: Date): boolean {
  const life = notAfter.getTime() - notBefore.getTime()
  return now.getTime() >= notBefore.getTime() + (life * 2) / 3
}

/** True when the private key of a PEM text belongs to the certificate. */
export function keyFits({x509}: ReadCertificate, pem: string | undefined): boolean {
  if (pem === undefined) return false
  try {
    return x509.checkPrivateKey(createPrivateKey(pem))
  } catch {
    return false
  }
}

/** True when `issuer` signed the certificate. */
export const issuedBy = ({x509}: ReadCertificate, issuer: ReadCertificate): boolean =>
  x509.checkIssued(issuer.x509) && x509.verify(issuer.x509.publicKey)
