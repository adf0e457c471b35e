import {detailsOf, isStatus, unaryCall} from '../cri/channel.ts'
import {choice, enumeration, message, method, string} from '../cri/wire.ts'
import type {Outcome, Target} from './target.ts'

const unimplemented = 12
const late = 4

const Serving = enumeration('grpc.health.v1.ServingStatus', {
  UNKNOWN: 0,
  SERVING: 1,
  NOT_SERVING: 2,
  SERVICE_UNKNOWN: 3,
})

const check = method(
  '/grpc.health.v1.Health/Check',
  message('grpc.health.v1.HealthCheckRequest', {service: string(1)}),
  message('grpc.health.v1.HealthCheckResponse', {status: choice(1, Serving)}),
)

/** Asks a server of the gRPC health protocol. */
export async function grpcCheck(
  target: Target,
  {port, service}: {port: number; service?: string},
  timeoutMs: number,
): Promise<Outcome> {
  try {
    const {status} = await unaryCall(`${target.ip}:${port}`, check, {service: service ?? ''}, timeoutMs)
    return {
      isHealthy: status === 'SERVING',
      output: status === 'SERVING' ? '' : `service unhealthy (responded with "${status}")`,
    }
  } catch (error) {
    if (isStatus(error, unimplemented)) {
      return {isHealthy: false, output: 'this server does not implement the grpc health protocol'}
    }
    const why = isStatus(error, late) ? 'timeout: health rpc did not complete in time' : detailsOf(error)
    return {isHealthy: false, output: why}
  }
}
