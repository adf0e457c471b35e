import {isObject, type JsonObject} from '../../json.ts'
import {at, ensureObject, fill, listAt, objectAt, textAt} from '../fields.ts'

/** `Always` for an image without a tag or with `latest`, `IfNotPresent` for any other. */
export function pullPolicyFor(image: string): string {
  if (image.includes('@')) return 'IfNotPresent'
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest'
  return tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function defaultHttpGet(action: unknown): void {
  if (isObject(action)) fill(action, {path: '/', scheme: 'HTTP'})
}

function defaultProbe(probe: unknown): void {
  if (!isObject(probe)) return
  fill(probe, {timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3})
  defaultHttpGet(probe['httpGet'])
  const grpc = probe['grpc']
  if (isObject(grpc)) fill(grpc, {service: ''})
}

/** The API version of a `fieldRef`, the divisor of a `resourceFieldRef`. */
export function defaultFieldRefs(source: unknown): void {
  const field = at(source, 'fieldRef')
  if (isObject(field)) fill(field, {apiVersion: 'v1'})
  const resource = at(source, 'resourceFieldRef')
  if (isObject(resource)) fill(resource, {divisor: '0'})
}

/** Fills a container, init container or ephemeral container. */
export function defaultContainer(container: JsonObject): void {
  container['imagePullPolicy'] ??= pullPolicyFor(textAt(container, 'image'))
  fill(container, {terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File'})
  ensureObject(container, 'resources')
  for (const port of listAt(container, 'ports')) fill(port, {protocol: 'TCP'})
  for (const variable of listAt(container, 'env')) defaultFieldRefs(variable['valueFrom'])
  for (const key of ['livenessProbe', 'readinessProbe', 'startupProbe']) defaultProbe(container[key])
  for (const hook of ['postStart', 'preStop']) defaultHttpGet(at(container, 'lifecycle', hook, 'httpGet'))
}

/** A limit without a request is also the request. Only pods have this, not templates. */
export function requestLimits(container: JsonObject): void {
  const limits = at(container, 'resources', 'limits')
  if (!isObject(limits)) return
  fill(ensureObject(objectAt(container, 'resources'), 'requests'), limits)
}

/** Every container of a pod spec: init, regular and ephemeral ones. */
export const containersOf = (spec: unknown): JsonObject[] => [
  ...listAt(spec, 'initContainers'),
  ...listAt(spec, 'containers'),
  ...listAt(spec, 'ephemeralContainers'),
]
