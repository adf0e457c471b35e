import type {ExecAction, Probe} from 'kubernetes-types/core/v1.d.ts'
import {detailsOf} from '../cri/channel.ts'
import type {Runtime} from '../runtime.ts'
import {grpcCheck} from './grpc.ts'
import {httpCheck, tcpCheck} from './network.ts'
import type {Outcome, Target} from './target.ts'

/** Looks once whether a container is well. */
export type Check = (target: Target, probe: Probe) => Promise<Outcome>

const outputLimit = 10 * 1024

async function execCheck(
  runtime: Pick<Runtime, 'execSync'>,
  target: Target,
  action: ExecAction,
  timeoutMs: number,
): Promise<Outcome> {
  try {
    const seconds = Math.max(1, Math.ceil(timeoutMs / 1000))
    const answer = await runtime.execSync(target.containerId, action.command ?? [], seconds)
    const output = Buffer.concat([answer.stdout, answer.stderr]).toString('utf8').slice(0, outputLimit)
    return {isHealthy: answer.exit_code === 0, output}
  } catch (error) {
    return {isHealthy: false, output: detailsOf(error)}
  }
}

/** The kinds of probe that containers declare. Never throws. */
export const checker =
  (runtime: Pick<Runtime, 'execSync'>): Check =>
  (target, probe) => {
    const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
    if (probe.exec) return execCheck(runtime, target, probe.exec, timeoutMs)
    if (probe.httpGet) return httpCheck(target, probe.httpGet, timeoutMs)
    if (probe.tcpSocket) return tcpCheck(target, probe.tcpSocket.port, timeoutMs)
    if (probe.grpc) return grpcCheck(target, probe.grpc, timeoutMs)
    return Promise.resolve({isHealthy: true, output: ''})
  }
