import {isObject, type JsonObject} from '../../json.ts'
import {at, listAt, numberAt, textAt, textsAt} from '../fields.ts'
import {containersOf} from './containers.ts'
import {type Check, containerList, podOrContainers} from './security-restricted.ts'

const quoted = (names: readonly string[]): string => names.map(name => `"${name}"`).join(', ')

const hostNamespaces: Check = pod => {
  const used = ['hostNetwork', 'hostPID', 'hostIPC'].filter(key => at(pod, 'spec', key) === true)
  if (used.length === 0) return undefined
  const detail = used.map(key => `${key}=true`).join(', ')
  return {subject: 'hostNamespaces', reason: 'host namespaces', detail}
}

const privileged: Check = pod => {
  const bad = containersOf(pod['spec']).filter(
    container => at(container, 'securityContext', 'privileged') === true,
  )
  if (bad.length === 0) return undefined
  const detail = `${containerList(bad)} must not set securityContext.privileged=true`
  return {subject: 'privileged', reason: 'privileged', detail}
}

const baselineCapabilities = new Set([
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE'],
  ...['SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
])

const capabilities: Check = pod => {
  const added = (container: JsonObject) =>
    textsAt(container, 'securityContext', 'capabilities', 'add').filter(
      name => !baselineCapabilities.has(name),
    )
  const bad = containersOf(pod['spec']).filter(container => added(container).length > 0)
  if (bad.length === 0) return undefined
  const names = quoted([...new Set(bad.flatMap(added))].sort())
  return {
    subject: 'capabilities',
    reason: 'non-default capabilities',
    detail: `${containerList(bad)} must not include ${names} in securityContext.capabilities.add`,
  }
}

const hostPaths: Check = pod => {
  const bad = listAt(pod, 'spec', 'volumes').filter(volume => isObject(volume['hostPath']))
  if (bad.length === 0) return undefined
  const names = quoted(bad.map(volume => textAt(volume, 'name')))
  return {
    subject: 'volumes',
    reason: 'hostPath volumes',
    detail: `${bad.length === 1 ? 'volume' : 'volumes'} ${names}`,
  }
}

const hostPorts: Check = pod => {
  const ports = (container: JsonObject) =>
    listAt(container, 'ports').flatMap(port => {
      const number = numberAt(port, 'hostPort') ?? 0
      return number === 0 ? [] : [String(number)]
    })
  const bad = containersOf(pod['spec']).filter(container => ports(container).length > 0)
  if (bad.length === 0) return undefined
  const numbers = [...new Set(bad.flatMap(ports))].sort()
  const verb = bad.length === 1 ? 'uses' : 'use'
  const noun = numbers.length === 1 ? 'hostPort' : 'hostPorts'
  const detail = `${containerList(bad)} ${verb} ${noun} ${numbers.join(', ')}`
  return {subject: 'hostPort', reason: 'hostPort', detail}
}

const seccomp: Check = pod => {
  const isBad = (owner: unknown) => at(owner, 'securityContext', 'seccompProfile', 'type') === 'Unconfined'
  const bad = containersOf(pod['spec']).filter(isBad)
  const podIsBad = isBad(pod['spec'])
  if (!podIsBad && bad.length === 0) return undefined
  const who = podOrContainers(podIsBad, bad)
  return {
    subject: 'seccompProfile',
    reason: 'seccompProfile',
    detail: `${who} must not set securityContext.seccompProfile.type to "Unconfined"`,
  }
}

const safeSysctls = new Set([
  ...['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies'],
  ...['net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.tcp_rmem'],
  ...['net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout'],
  ...['net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_wmem'],
])

const sysctls: Check = pod => {
  const names = listAt(pod, 'spec', 'securityContext', 'sysctls')
    .map(each => textAt(each, 'name'))
    .filter(name => !safeSysctls.has(name))
  if (names.length === 0) return undefined
  return {subject: 'sysctls', reason: 'forbidden sysctls', detail: names.join(', ')}
}

const procMount: Check = pod => {
  const bad = containersOf(pod['spec']).filter(container => {
    const value = at(container, 'securityContext', 'procMount')
    return value !== undefined && value !== 'Default'
  })
  if (bad.length === 0) return undefined
  return {
    subject: 'procMount',
    reason: 'procMount',
    detail: `${containerList(bad)} must not set securityContext.procMount to "Unmasked"`,
  }
}

/** What `baseline` forbids. */
export const baselineChecks: readonly Check[] = [
  capabilities,
  hostNamespaces,
  hostPaths,
  hostPorts,
  privileged,
  procMount,
  seccomp,
  sysctls,
]
