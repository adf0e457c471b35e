import type {
  ConfigMap,
  Container,
  EnvFromSource,
  EnvVar,
  Pod,
  Secret,
  Service,
} from 'kubernetes-types/core/v1.d.ts'
import {containerNamed} from '../containers.ts'
import {expand} from './expand.ts'
import {fieldValue, type PodFacts, resourceValue} from './fields.ts'
import {serviceVariables} from './services.ts'

/** Objects of the pod's namespace that its variables come from. */
export interface Sources {
  configMap(name: string): ConfigMap | undefined
  secret(name: string): Secret | undefined
  services(): readonly Service[]
}

/** A container cannot be made because of what its specification refers to. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const text = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')

function bulk(source: EnvFromSource, sources: Sources): Record<string, string> {
  const {configMapRef, secretRef} = source
  if (configMapRef) {
    const found = sources.configMap(configMapRef.name ?? '')
    if (!found && !configMapRef.optional) throw new ConfigError(`configmap "${configMapRef.name}" not found`)
    return found?.data ?? {}
  }
  if (!secretRef) return {}
  const found = sources.secret(secretRef.name ?? '')
  if (!found && !secretRef.optional) throw new ConfigError(`secret "${secretRef.name}" not found`)
  const entries = Object.entries(found?.data ?? {}).map(([key, value]) => [key, text(value)])
  return Object.fromEntries(entries)
}

interface KeyRef {
  name?: string
  key: string
  optional?: boolean
}

/** Undefined where an optional reference leads nowhere: the variable is then not set at all. */
function keyed(
  kind: 'ConfigMap' | 'Secret',
  ref: KeyRef,
  data: Record<string, string> | undefined,
  namespace: string,
): string | undefined {
  const value = data?.[ref.key]
  if (value !== undefined || ref.optional) return value
  if (data === undefined) throw new ConfigError(`${kind.toLowerCase()} "${ref.name}" not found`)
  throw new ConfigError(`couldn't find key ${ref.key} in ${kind} ${namespace}/${ref.name}`)
}

/** Whose variables, and where they come from. */
export interface EnvironmentOf {
  readonly pod: Pod
  readonly container: Container
  readonly facts: PodFacts
  readonly sources: Sources
}

function valueFrom(variable: EnvVar, {pod, container, facts, sources}: EnvironmentOf): string | undefined {
  const {fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef} = variable.valueFrom ?? {}
  const namespace = pod.metadata?.namespace ?? ''
  if (fieldRef) {
    const value = fieldValue(pod, fieldRef.fieldPath, facts)
    if (value === undefined) throw new ConfigError(`unsupported fieldPath: ${fieldRef.fieldPath}`)
    return value
  }
  if (resourceFieldRef) {
    const owner = containerNamed(pod, resourceFieldRef.containerName) ?? container
    const value = resourceValue(owner, resourceFieldRef, facts)
    if (value === undefined) throw new ConfigError(`unsupported resource: ${resourceFieldRef.resource}`)
    return value
  }
  if (configMapKeyRef) {
    const found = sources.configMap(configMapKeyRef.name ?? '')
    return keyed('ConfigMap', configMapKeyRef, found && (found.data ?? {}), namespace)
  }
  if (!secretKeyRef) return ''
  const found = sources.secret(secretKeyRef.name ?? '')
  const value = keyed('Secret', secretKeyRef, found && (found.data ?? {}), namespace)
  return value === undefined ? undefined : text(value)
}

/**
 * The variables a container starts with, beyond those of its image. References are resolved in order, so
 * that a later variable can use an earlier one. Throws `ConfigError`.
 */
export function environmentOf(of: EnvironmentOf): Map<string, string> {
  const {pod, container, sources} = of
  const hasLinks = pod.spec?.enableServiceLinks ?? true
  const services = serviceVariables(sources.services(), pod.metadata?.namespace ?? '', hasLinks)
  const result = new Map<string, string>()
  for (const source of container.envFrom ?? []) {
    const values = Object.entries(bulk(source, sources))
    for (const [key, value] of values) result.set(`${source.prefix ?? ''}${key}`, value)
  }
  const lookUp = (name: string) => result.get(name) ?? services.get(name)
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom ? valueFrom(variable, of) : expand(variable.value ?? '', lookUp)
    if (value !== undefined) result.set(variable.name, value)
  }
  for (const [name, value] of services) if (!result.has(name)) result.set(name, value)
  return result
}
