import {chmod, rm} from 'node:fs/promises'
import {createServer, type IncomingMessage} from 'node:http'
import {PgkError, usageError} from '../../errors.ts'
import {faultRequest} from './fault.ts'
import type {FaultKeeper} from './keeper.ts'

const largestRequest = 64 * 1024

/** Takes requests for faults on a socket that only root can open. The result stops it. */
export async function serveFaults(socket: string, keeper: FaultKeeper): Promise<() => void> {
  await rm(socket, {force: true})
  const server = createServer((message, response) => {
    answer(keeper, message).then(
      value => response.end(JSON.stringify(value)),
      (error: unknown) => {
        response.statusCode = 400
        response.end(JSON.stringify(complaintOf(error)))
      },
    )
  })
  const {promise, resolve, reject} = Promise.withResolvers<void>()
  server.once('error', reject).listen(socket, resolve)
  await promise
  await chmod(socket, 0o600)
  return () => {
    server.close()
    server.closeAllConnections()
  }
}

async function answer(keeper: FaultKeeper, message: IncomingMessage): Promise<unknown> {
  const [, , id] = (message.url ?? '').split('/')
  if (message.method === 'DELETE') return keeper.undo(id === undefined || id === '' ? undefined : id)
  if (message.method === 'GET') return keeper.list
  const value: unknown = JSON.parse(await bodyOf(message))
  if (!faultRequest.Check(value)) throw usageError('FAULT_INVALID', 'this fault is not known')
  return keeper.arm(value)
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of message.setEncoding('utf8')) {
    text += String(piece)
    if (text.length > largestRequest) throw usageError('FAULT_INVALID', 'this request is too long')
  }
  return text
}

function complaintOf(error: unknown): object {
  if (error instanceof PgkError) {
    const {code, message, object, reason, hints, exitCode} = error
    return {code: code.replace(/^PGK_/, ''), message, object, reason, hints, exitCode}
  }
  const message = error instanceof Error ? error.message : String(error)
  return {code: 'SANDBOX_FAULT', message, hints: ['pgk sandbox logs'], exitCode: 1}
}
