import {type Agent, request} from 'node:https'
import {text} from 'node:stream/consumers'

export interface Call {
  type?: string | undefined
  accept?: string | undefined
  token?: string | undefined
  /** Holds the client's certificate. */
  agent?: Agent
  body?: unknown
  headers?: Record<string, string>
}

export interface Answer {
  status: number
  /** Parsed where it is JSON, else text. */
  body: unknown
}

const parsed = (answer: string): unknown => {
  try {
    return JSON.parse(answer)
  } catch {
    return answer
  }
}

function headersOf({type, accept, token, headers}: Call): Record<string, string> {
  return {
    ...(type === undefined ? {} : {'content-type': type}),
    ...(accept === undefined ? {} : {accept}),
    ...(token === undefined ? {} : {authorization: `Bearer ${token}`}),
    ...headers,
  }
}

export function call(url: string, method: string, path: string, how: Call = {}): Promise<Answer> {
  const {promise, resolve, reject} = Promise.withResolvers<Answer>()
  const body =
    how.body === undefined ? undefined : typeof how.body === 'string' ? how.body : JSON.stringify(how.body)
  const length = body === undefined ? {} : {'content-length': String(Buffer.byteLength(body))}
  const credentials = how.agent === undefined ? {} : {agent: how.agent}
  const headers = {...headersOf(how), ...length}
  const options = {method, headers, rejectUnauthorized: false, ...credentials}
  const outgoing = request(url + path, options, response => {
    text(response).then(answer => resolve({status: response.statusCode ?? 0, body: parsed(answer)}), reject)
  })
  outgoing.on('error', reject)
  outgoing.end(body)
  return promise
}

export interface OpenWatch {
  /** The status once the answer began, and the lines so far. */
  status: number
  lines: unknown[]
  close(): void
}

/** Opens a watch; its lines arrive while the caller goes on. */
export function watch(url: string, path: string, how: Call = {}): Promise<OpenWatch> {
  const {promise, resolve, reject} = Promise.withResolvers<OpenWatch>()
  const credentials = how.agent === undefined ? {} : {agent: how.agent}
  const options = {headers: headersOf(how), rejectUnauthorized: false, ...credentials}
  const outgoing = request(url + path, options, response => {
    const lines: unknown[] = []
    let rest = ''
    response.on('error', () => {})
    response.on('data', chunk => {
      const parts = `${rest}${chunk}`.split('\n')
      rest = parts.pop() ?? ''
      lines.push(...parts.filter(part => part !== '').map(parsed))
    })
    response.on('end', () => {
      if (rest !== '') lines.push(parsed(rest))
    })
    resolve({status: response.statusCode ?? 0, lines, close: () => outgoing.destroy()})
  })
  outgoing.on('error', reject)
  outgoing.end()
  return promise
}
