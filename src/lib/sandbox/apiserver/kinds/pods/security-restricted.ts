import {isObject, type JsonObject} from '../../json.ts'
import {at, listAt, numberAt, textAt, textsAt} from '../fields.ts'
import {containersOf} from './containers.ts'

export interface Violation {
  /** What the check is about; a stricter check on the same subject replaces a laxer one. */
  subject: string
  reason: string
  detail: string
}

export type Check = (pod: JsonObject) => Violation | undefined

const quoted = (names: readonly string[]): string => names.map(name => `"${name}"`).join(', ')

/** `container "a"`, `containers "a", "b"`. */
export function containerList(containers: readonly JsonObject[]): string {
  const names = containers.map(container => textAt(container, 'name'))
  return `${names.length === 1 ? 'container' : 'containers'} ${quoted(names)}`
}

export function podOrContainers(isPod: boolean, containers: readonly JsonObject[]): string {
  const parts = [...(isPod ? ['pod'] : []), ...(containers.length > 0 ? [containerList(containers)] : [])]
  return parts.join(' and ')
}

const context = (container: JsonObject): unknown => container['securityContext']

const allowedVolumes = [
  ...['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected'],
  ...['secret', 'image'],
]

const restrictedVolumes: Check = pod => {
  const bad = listAt(pod, 'spec', 'volumes').flatMap(volume => {
    const type = Object.keys(volume).find(key => key !== 'name' && isObject(volume[key]))
    return type === undefined || allowedVolumes.includes(type) ? [] : [{name: textAt(volume, 'name'), type}]
  })
  if (bad.length === 0) return undefined
  const names = `${bad.length === 1 ? 'volume' : 'volumes'} ${quoted(bad.map(each => each.name))}`
  const types = [...new Set(bad.map(each => each.type))].sort()
  const verb = bad.length === 1 ? 'uses' : 'use'
  const noun = `restricted volume type${types.length === 1 ? '' : 's'}`
  return {
    subject: 'volumes',
    reason: 'restricted volume types',
    detail: `${names} ${verb} ${noun} ${quoted(types)}`,
  }
}

const privilegeEscalation: Check = pod => {
  const bad = containersOf(pod['spec']).filter(
    container => at(context(container), 'allowPrivilegeEscalation') !== false,
  )
  if (bad.length === 0) return undefined
  return {
    subject: 'allowPrivilegeEscalation',
    reason: 'allowPrivilegeEscalation != false',
    detail: `${containerList(bad)} must set securityContext.allowPrivilegeEscalation=false`,
  }
}

const capabilities: Check = pod => {
  const containers = containersOf(pod['spec'])
  const keeping = containers.filter(
    container => !textsAt(context(container), 'capabilities', 'drop').includes('ALL'),
  )
  const adding = containers.filter(container =>
    textsAt(context(container), 'capabilities', 'add').some(name => name !== 'NET_BIND_SERVICE'),
  )
  if (keeping.length + adding.length === 0) return undefined
  const added = adding
    .flatMap(container => textsAt(context(container), 'capabilities', 'add'))
    .filter(name => name !== 'NET_BIND_SERVICE')
  const parts = [
    ...(keeping.length > 0
      ? [`${containerList(keeping)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(adding.length > 0
      ? [
          `${containerList(adding)} must not include ${quoted([...new Set(added)].sort())} in ` +
            'securityContext.capabilities.add',
        ]
      : []),
  ]
  return {subject: 'capabilities', reason: 'unrestricted capabilities', detail: parts.join('; ')}
}

const runAsNonRoot: Check = pod => {
  const podValue = at(pod, 'spec', 'securityContext', 'runAsNonRoot')
  const containers = containersOf(pod['spec'])
  const value = (container: JsonObject) => at(context(container), 'runAsNonRoot')
  const explicit = containers.filter(container => value(container) === false)
  const implicit = containers.filter(container => value(container) === undefined)
  const podIsBad = podValue === false && implicit.length > 0
  const subject = 'runAsNonRoot'
  const reason = 'runAsNonRoot != true'
  if (podIsBad || explicit.length > 0) {
    const who = podOrContainers(podIsBad, explicit)
    return {subject, reason, detail: `${who} must not set securityContext.runAsNonRoot=false`}
  }
  if (podValue === true || implicit.length === 0) return undefined
  const who = podOrContainers(true, implicit).replace(' and ', ' or ')
  return {subject, reason, detail: `${who} must set securityContext.runAsNonRoot=true`}
}

const runAsUser: Check = pod => {
  const isRoot = (owner: unknown) => numberAt(owner, 'securityContext', 'runAsUser') === 0
  const bad = containersOf(pod['spec']).filter(isRoot)
  const podIsBad = isRoot(pod['spec'])
  if (!podIsBad && bad.length === 0) return undefined
  const detail = `${podOrContainers(podIsBad, bad)} must not set runAsUser=0`
  return {subject: 'runAsUser', reason: 'runAsUser=0', detail}
}

const seccomp: Check = pod => {
  const type = (owner: unknown) => at(owner, 'securityContext', 'seccompProfile', 'type')
  const allowed = (value: unknown) => value === 'RuntimeDefault' || value === 'Localhost'
  const containers = containersOf(pod['spec'])
  const podType = type(pod['spec'])
  const explicit = containers.filter(each => type(each) !== undefined && !allowed(type(each)))
  const implicit = containers.filter(each => type(each) === undefined)
  const podIsBad = podType !== undefined && !allowed(podType) && implicit.length > 0
  const subject = 'seccompProfile'
  const reason = 'seccompProfile'
  if (podIsBad || explicit.length > 0) {
    const types = [...(podIsBad ? [podType] : []), ...explicit.map(type)]
    const shown = quoted([...new Set(types.map(String))].sort())
    const who = podOrContainers(podIsBad, explicit)
    return {subject, reason, detail: `${who} must not set securityContext.seccompProfile.type to ${shown}`}
  }
  if (allowed(podType) || implicit.length === 0) return undefined
  const who = podOrContainers(true, implicit).replace(' and ', ' or ')
  const detail = `${who} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`
  return {subject, reason, detail}
}

/** What `restricted` asks for on top of `baseline`. */
export const restrictedChecks: readonly Check[] = [
  privilegeEscalation,
  capabilities,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccomp,
]
