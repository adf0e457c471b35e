import {request} from 'node:http'
import {Type} from 'typebox'
import {Compile} from 'typebox/compile'
import {type ExitCode, ExitCode as exitCodes, failedError, PgkError} from '../../errors.ts'
import {sandboxPaths} from '../host/paths.ts'
import {requireRoot, thisMachine} from '../host/preflight.ts'
import {requireRunning} from '../host/running.ts'
import {type Fault, type FaultDone, type FaultRequest, faultDone, faultList} from './fault.ts'
import {faultSocket} from './state.ts'

const complaint = Compile(
  Type.Object({
    code: Type.String(),
    message: Type.String(),
    object: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    hints: Type.Optional(Type.Array(Type.String())),
    exitCode: Type.Number(),
  }),
)

/** The faults of one sandbox, as commands reach them. */
export interface FaultClient {
  arm(request: FaultRequest): Promise<FaultDone>
  undo(id: string | undefined): Promise<Fault[]>
  list(): Promise<Fault[]>
}

/** Refuses unless the sandbox runs and the caller may break it. */
export async function connectFaults(sandbox: string, environment: NodeJS.ProcessEnv): Promise<FaultClient> {
  requireRoot(thisMachine(), 'fault')
  const paths = sandboxPaths(sandbox, environment)
  await requireRunning(sandbox, paths)
  const socket = faultSocket(paths)
  return {
    async arm(wanted) {
      const done = await ask(socket, {method: 'POST', path: '/faults', body: JSON.stringify(wanted)})
      if (faultDone.Check(done)) return done
      throw strange()
    },
    async undo(id) {
      const path = `/faults/${encodeURIComponent(id ?? '')}`
      return listed(await ask(socket, {method: 'DELETE', path}))
    },
    list: async () => listed(await ask(socket, {method: 'GET', path: '/faults'})),
  }
}

const strange = () => failedError('SANDBOX_FAULT', 'the sandbox’s daemon answers in an unknown form')

function listed(value: unknown): Fault[] {
  if (faultList.Check(value)) return value
  throw strange()
}

function ask(socketPath: string, call: {method: string; path: string; body?: string}): Promise<unknown> {
  const {promise, resolve, reject} = Promise.withResolvers<unknown>()
  const outgoing = request({socketPath, method: call.method, path: call.path}, response => {
    let text = ''
    response.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
    response.on('end', () => {
      const value: unknown = JSON.parse(text)
      if (response.statusCode === 200) resolve(value)
      else reject(errorOf(value))
    })
  })
  outgoing.on('error', cause =>
    reject(
      failedError('SANDBOX_FAULT', 'the sandbox’s daemon takes no faults', {
        hints: ['pgk sandbox status', 'pgk sandbox logs'],
        cause,
      }),
    ),
  )
  outgoing.end(call.body)
  return promise
}

function errorOf(value: unknown): Error {
  if (!complaint.Check(value)) return strange()
  const exitCode: ExitCode =
    Object.values(exitCodes).find(code => code === value.exitCode) ?? exitCodes.failed
  return new PgkError({...value, exitCode})
}
