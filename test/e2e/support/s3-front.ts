import {createHash, createHmac} from 'node:crypto'
import {type IncomingMessage, request, type ServerResponse} from 'node:http'
import {createServer, type Server} from 'node:https'

/** What an S3 server answers who is not let in. */
type Refusal = {code: string; message: string} | undefined

export interface Keys {
  key: string
  secret: string
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** Signature Version 4, as its makers describe it; pgBackRest sends paths and queries in their canonical form. */
function signature(asked: IncomingMessage, secret: string, scope: string, signed: string): string {
  const [path = '', query = ''] = (asked.url ?? '').split('?', 2)
  const headers = signed.split(';').map(name => `${name}:${String(asked.headers[name] ?? '').trim()}\n`)
  const canonical = [
    asked.method,
    path,
    query.split('&').sort().join('&'),
    headers.join(''),
    signed,
    asked.headers['x-amz-content-sha256'],
  ].join('\n')
  const hash = createHash('sha256').update(canonical).digest('hex')
  const text = ['AWS4-HMAC-SHA256', asked.headers['x-amz-date'], scope, hash].join('\n')
  const [date = '', region = '', service = '', end = ''] = scope.split('/')
  const key = [region, service, end].reduce(hmac, hmac(`AWS4${secret}`, date))
  return hmac(key, text).toString('hex')
}

function refusalOf(asked: IncomingMessage, {key, secret}: Keys): Refusal {
  const [, given, scope = '', signed = '', told] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/.exec(
      asked.headers.authorization ?? '',
    ) ?? []
  if (given === undefined) return {code: 'AccessDenied', message: 'Access Denied'}
  if (given !== key) {
    const message = 'The AWS Access Key Id you provided does not exist in our records.'
    return {code: 'InvalidAccessKeyId', message}
  }
  if (told === signature(asked, secret, scope, signed)) return undefined
  const message = 'The request signature we calculated does not match the signature you provided.'
  return {code: 'SignatureDoesNotMatch', message}
}

function refuse(answer: ServerResponse, {code, message}: NonNullable<Refusal>): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`
  answer.writeHead(403, {'content-type': 'application/xml', 'content-length': Buffer.byteLength(body)})
  answer.end(body)
}

/**
 * TLS and signatures before an S3 server that knows neither: it would take any key, and a test with a wrong one
 * would prove nothing.
 */
export function s3Front(keys: Keys, backend: number, certificate: {key: string; cert: string}): Server {
  return createServer(certificate, (asked, answer) => {
    const refusal = refusalOf(asked, keys)
    if (refusal !== undefined) {
      asked.resume()
      asked.once('end', () => refuse(answer, refusal))
      return
    }
    const {method, url, headers} = asked
    const passed = request({host: '127.0.0.1', port: backend, method, path: url, headers}, told => {
      answer.writeHead(told.statusCode ?? 502, told.headers)
      told.pipe(answer)
    })
    passed.once('error', () => answer.destroy())
    asked.pipe(passed)
  })
}
