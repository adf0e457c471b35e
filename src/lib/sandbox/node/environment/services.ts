import type {Service} from 'kubernetes-types/core/v1.d.ts'

type Variables = [string, string][]

const named = (name: string): string => name.toUpperCase().replaceAll('-', '_')

function variablesOf(service: Service): Variables {
  const prefix = named(service.metadata?.name ?? '')
  const ip = service.spec?.clusterIP ?? ''
  const ports = service.spec?.ports ?? []
  const [first] = ports
  if (!first) return []
  const host = ip.includes(':') ? `[${ip}]` : ip
  const link = (protocol: string | undefined, port: number) =>
    `${(protocol ?? 'TCP').toLowerCase()}://${host}:${port}`
  const result: Variables = [
    [`${prefix}_SERVICE_HOST`, ip],
    [`${prefix}_SERVICE_PORT`, String(first.port)],
  ]
  for (const port of ports) {
    if (port.name) result.push([`${prefix}_SERVICE_PORT_${named(port.name)}`, String(port.port)])
  }
  result.push([`${prefix}_PORT`, link(first.protocol, first.port)])
  for (const {protocol = 'TCP', port} of ports) {
    const base = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`
    result.push(
      [base, link(protocol, port)],
      [`${base}_PROTO`, protocol.toLowerCase()],
      [`${base}_PORT`, String(port)],
      [`${base}_ADDR`, ip],
    )
  }
  return result
}

const hasAddress = (service: Service): boolean => {
  const ip = service.spec?.clusterIP
  return ip !== undefined && ip !== '' && ip !== 'None'
}

/**
 * Variables that announce Services to a container: that of the API server always, those of the pod's
 * namespace where the pod wants links.
 */
export function serviceVariables(
  services: readonly Service[],
  namespace: string,
  hasLinks: boolean,
): Map<string, string> {
  const announced = services.filter(service => {
    const isApi = service.metadata?.namespace === 'default' && service.metadata?.name === 'kubernetes'
    return hasAddress(service) && (isApi || (hasLinks && service.metadata?.namespace === namespace))
  })
  return new Map(announced.flatMap(variablesOf))
}
