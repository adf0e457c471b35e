import type {
  ConfigMap,
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  ProjectedVolumeSource,
  Secret,
  Volume,
  VolumeProjection,
} from 'kubernetes-types/core/v1.d.ts'
import {containerNamed} from '../containers.ts'
import {fieldValue, type PodFacts, resourceValue} from '../environment/fields.ts'

/** One file of a volume that the node writes: its path below the volume's root. */
export interface PayloadFile {
  readonly data: Buffer
  /** Permission bits. */
  readonly mode: number
  /** Who owns it where that is not root. */
  readonly uid?: number
}
export type Payload = Map<string, PayloadFile>

export interface Token {
  readonly token: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** What the files are made from. */
export interface PayloadSources {
  readonly pod: Pod
  readonly facts: PodFacts
  configMap(name: string): ConfigMap | undefined
  secret(name: string): Secret | undefined
  /** A token of the pod's ServiceAccount that was issued beforehand. */
  token(audience: string | undefined, expirationSeconds: number): Token | undefined
  /** The one user of all containers, where they agree on one. */
  readonly user: number | undefined
}

/** Why a volume cannot be set up yet. */
export class MountError extends Error {
  override readonly name = 'MountError'
}

interface Selection {
  name: string
  kind: 'configmap' | 'secret'
  items: readonly KeyToPath[] | undefined
  isOptional: boolean
  mode: number
}

function select(selection: Selection, entries: Map<string, Buffer> | undefined): Payload {
  const {name, kind, items, isOptional, mode} = selection
  if (!entries) {
    if (isOptional) return new Map()
    throw new MountError(`${kind} "${name}" not found`)
  }
  if (!items) return new Map([...entries].map(([key, data]) => [key, {data, mode}]))
  const result: Payload = new Map()
  for (const item of items) {
    const data = entries.get(item.key)
    if (data) result.set(item.path, {data, mode: item.mode ?? mode})
    else if (!isOptional) {
      const what = kind === 'secret' ? 'secret' : 'config'
      throw new MountError(`references non-existent ${what} key: ${item.key}`)
    }
  }
  return result
}

const decoded = (data: Record<string, string> | undefined, encoding: 'utf8' | 'base64') =>
  Object.entries(data ?? {}).map(([key, value]): [string, Buffer] => [key, Buffer.from(value, encoding)])

const configMapEntries = (found: ConfigMap | undefined): Map<string, Buffer> | undefined =>
  found && new Map([...decoded(found.data, 'utf8'), ...decoded(found.binaryData, 'base64')])

const secretEntries = (found: Secret | undefined): Map<string, Buffer> | undefined =>
  found && new Map(decoded(found.data, 'base64'))

function downward(items: readonly DownwardAPIVolumeFile[], mode: number, from: PayloadSources): Payload {
  const result: Payload = new Map()
  for (const {path, fieldRef, resourceFieldRef, mode: own} of items) {
    const container = resourceFieldRef && containerNamed(from.pod, resourceFieldRef.containerName)
    const value = fieldRef
      ? fieldValue(from.pod, fieldRef.fieldPath, from.facts)
      : container && resourceFieldRef && resourceValue(container, resourceFieldRef, from.facts)
    if (value === undefined) throw new MountError(`cannot resolve the downward API item for ${path}`)
    result.set(path, {data: Buffer.from(value), mode: own ?? mode})
  }
  return result
}

function tokenFile(
  source: NonNullable<VolumeProjection['serviceAccountToken']>,
  mode: number,
  from: PayloadSources,
) {
  const issued = from.token(source.audience, source.expirationSeconds ?? 3600)
  if (!issued) throw new MountError('no token of the service account could be fetched')
  // Whoever may read the token is named by ownership, so nobody else needs to.
  const isOwned = from.user !== undefined || from.pod.spec?.securityContext?.fsGroup !== undefined
  const file: PayloadFile = {
    data: Buffer.from(issued.token),
    mode: isOwned ? 0o600 : mode,
    ...(from.user === undefined ? {} : {uid: from.user}),
  }
  return new Map([[source.path, file]])
}

function projection(source: VolumeProjection, mode: number, from: PayloadSources): Payload {
  const {configMap, secret, downwardAPI, serviceAccountToken} = source
  if (configMap) {
    const {name = '', items, optional: isOptional = false} = configMap
    return select({name, kind: 'configmap', items, isOptional, mode}, configMapEntries(from.configMap(name)))
  }
  if (secret) {
    const {name = '', items, optional: isOptional = false} = secret
    return select({name, kind: 'secret', items, isOptional, mode}, secretEntries(from.secret(name)))
  }
  if (downwardAPI) return downward(downwardAPI.items ?? [], mode, from)
  if (serviceAccountToken) return tokenFile(serviceAccountToken, mode, from)
  throw new MountError('unsupported projection')
}

function projected(source: ProjectedVolumeSource, from: PayloadSources): Payload {
  const result: Payload = new Map()
  const failures: string[] = []
  for (const each of source.sources ?? []) {
    try {
      for (const [path, file] of projection(each, source.defaultMode ?? 0o644, from)) result.set(path, file)
    } catch (error) {
      if (!(error instanceof MountError)) throw error
      failures.push(error.message)
    }
  }
  const [only] = failures
  if (only !== undefined) throw new MountError(failures.length === 1 ? only : `[${failures.join(', ')}]`)
  return result
}

/** The files of a volume whose content the node writes; undefined for the other kinds. Throws `MountError`. */
export function payloadOf(volume: Volume, from: PayloadSources): Payload | undefined {
  const {configMap, secret, downwardAPI} = volume
  if (volume.projected) return projected(volume.projected, from)
  if (downwardAPI) return downward(downwardAPI.items ?? [], downwardAPI.defaultMode ?? 0o644, from)
  if (configMap) {
    const {name = '', items, optional: isOptional = false, defaultMode: mode = 0o644} = configMap
    return select({name, kind: 'configmap', items, isOptional, mode}, configMapEntries(from.configMap(name)))
  }
  if (!secret) return undefined
  const {secretName: name = '', items, optional: isOptional = false, defaultMode: mode = 0o644} = secret
  return select({name, kind: 'secret', items, isOptional, mode}, secretEntries(from.secret(name)))
}

/** The tokens that the pod's volumes ask for. */
export function tokenRequests(pod: Pod): {audience: string | undefined; expirationSeconds: number}[] {
  const sources = (pod.spec?.volumes ?? []).flatMap(volume => volume.projected?.sources ?? [])
  return sources.flatMap(({serviceAccountToken: token}) =>
    token ? [{audience: token.audience, expirationSeconds: token.expirationSeconds ?? 3600}] : [],
  )
}
