import {chmod, mkdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import type {EmptyDirVolumeSource, PersistentVolumeClaim, Pod, Volume} from 'kubernetes-types/core/v1.d.ts'
import type {Registry} from '../../registry.ts'
import {StatusError} from '../../registry.ts'
import {configMaps, persistentVolumeClaims, persistentVolumes, secrets} from '../../resources.ts'
import {bytesOf} from '../amounts.ts'
import {allContainersOf} from '../containers.ts'
import type {PodFacts} from '../environment/fields.ts'
import {commonUserOf} from '../security.ts'
import {writeAtomically} from './atomic.ts'
import {persistentPath, prepareHostPath} from './host-path.ts'
import {mountsBelow, mountTmpfs, unmountBelow} from './mounts.ts'
import {giveToGroup} from './ownership.ts'
import {MountError, payloadOf} from './payload.ts'
import {type IssueToken, PodTokens} from './tokens.ts'

export interface MountedVolume {
  readonly path: string
  /** Nobody may write to it, whatever the mount says. */
  readonly readOnly: boolean
}

/** Some volumes could not be set up; the others are. */
export class VolumesNotReady extends Error {
  override readonly name = 'VolumesNotReady'
  readonly failures: readonly {volume: string; message: string}[]

  constructor(failures: readonly {volume: string; message: string}[]) {
    super(failures.map(each => `${each.volume}: ${each.message}`).join('; '))
    this.failures = failures
  }
}

export interface VolumeContext {
  readonly registry: Registry
  readonly issueToken: IssueToken
  now(): Date
}

/** The volumes of one pod, below its folder. */
export class PodVolumes {
  readonly mounted = new Map<string, MountedVolume>()
  private readonly context: VolumeContext
  private readonly folder: string
  private readonly tokens: PodTokens

  constructor(context: VolumeContext, podFolder: string) {
    this.context = context
    this.folder = join(podFolder, 'volumes')
    this.tokens = new PodTokens(context.issueToken)
  }

  /**
   * Sets up what is not there yet and writes what has changed: the same call mounts, refreshes and retries.
   * Throws `VolumesNotReady`.
   */
  async sync(pod: Pod, facts: PodFacts): Promise<void> {
    const failures: {volume: string; message: string}[] = []
    await mkdir(this.folder, {recursive: true, mode: 0o750})
    const settle = async (volume: Volume) => {
      try {
        this.mounted.set(volume.name, await this.setUp(pod, volume, facts))
      } catch (error) {
        if (!(error instanceof Error)) throw error
        failures.push({volume: volume.name, message: error.message})
      }
    }
    const tokensFailed = await this.refreshTokens(pod)
    await Promise.all((pod.spec?.volumes ?? []).map(settle))
    if (failures.length === 0) return
    throw new VolumesNotReady(
      failures.map(each =>
        tokensFailed && /token/.test(each.message) ? {...each, message: tokensFailed} : each,
      ),
    )
  }

  /** When a token has to be issued anew, in milliseconds since the epoch. */
  nextRefresh(): number | undefined {
    return this.tokens.nextRefresh()
  }

  /** Takes the pod's own volumes away; persistent ones keep their files. */
  async tearDown(): Promise<void> {
    this.mounted.clear()
    await removeFolder(this.folder)
  }

  private async refreshTokens(pod: Pod): Promise<string | undefined> {
    try {
      await this.tokens.refresh(pod, this.context.now().getTime())
      return undefined
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      return `failed to fetch token: ${error.message}`
    }
  }

  private async setUp(pod: Pod, volume: Volume, facts: PodFacts): Promise<MountedVolume> {
    const {emptyDir, hostPath, persistentVolumeClaim: claim, ephemeral} = volume
    if (emptyDir) return {path: await this.emptyFolder(pod, volume.name, emptyDir, facts), readOnly: false}
    if (hostPath) return {path: await prepareHostPath(hostPath), readOnly: false}
    if (claim) return this.claimed(pod, claim.claimName, claim.readOnly ?? false)
    if (ephemeral) return this.claimed(pod, `${pod.metadata?.name}-${volume.name}`, false)
    return this.written(pod, volume, facts)
  }

  private async written(pod: Pod, volume: Volume, facts: PodFacts): Promise<MountedVolume> {
    const namespace = pod.metadata?.namespace
    const {registry} = this.context
    const payload = payloadOf(volume, {
      pod,
      facts,
      configMap: name => registry.get(configMaps, namespace, name),
      secret: name => registry.get(secrets, namespace, name),
      token: (audience, seconds) => this.tokens.get(audience, seconds),
      user: commonUserOf(pod, allContainersOf(pod)),
    })
    if (!payload) throw new MountError('volumes of this kind are not supported')
    const path = join(this.folder, volume.name)
    await writeAtomically(path, payload, pod.spec?.securityContext?.fsGroup, this.context.now())
    return {path, readOnly: true}
  }

  private async emptyFolder(
    pod: Pod,
    name: string,
    source: EmptyDirVolumeSource,
    facts: PodFacts,
  ): Promise<string> {
    const path = join(this.folder, name)
    const isNew = (await mkdir(path, {recursive: true})) !== undefined
    const isMemory = source.medium === 'Memory'
    const needsMount = isMemory && (await mountsBelow(path)).length === 0
    if (needsMount) {
      const limits = [source.sizeLimit, facts.allocatable['memory']].map(bytesOf).filter(each => each > 0)
      await mountTmpfs(path, limits.length === 0 ? undefined : Math.min(...limits))
    }
    if (!isNew && !needsMount) return path
    await chmod(path, 0o777)
    const group = pod.spec?.securityContext?.fsGroup
    if (group !== undefined) await giveToGroup(path, group, undefined)
    return path
  }

  private async claimed(pod: Pod, claimName: string, readOnly: boolean): Promise<MountedVolume> {
    const {registry} = this.context
    const claim = registry.get(persistentVolumeClaims, pod.metadata?.namespace, claimName)
    const volume = registry.get(persistentVolumes, undefined, boundVolume(claim, claimName))
    if (!volume) throw new MountError(`persistentvolume "${claim?.spec?.volumeName}" not found`)
    const path = await persistentPath(volume)
    const {fsGroup, fsGroupChangePolicy} = pod.spec?.securityContext ?? {}
    const mode = volume.spec?.accessModes ?? []
    const isShared = mode.every(each => each === 'ReadOnlyMany')
    if (fsGroup !== undefined && !isShared && !readOnly && !this.mountedBefore(path)) {
      await giveToGroup(path, fsGroup, fsGroupChangePolicy)
    }
    return {path, readOnly}
  }

  private mountedBefore(path: string): boolean {
    return [...this.mounted.values()].some(each => each.path === path)
  }
}

function boundVolume(claim: PersistentVolumeClaim | undefined, name: string): string {
  if (!claim) throw new MountError(`persistentvolumeclaim "${name}" not found`)
  if (claim.metadata?.deletionTimestamp)
    throw new MountError(`persistentvolumeclaim "${name}" is being deleted`)
  const volume = claim.spec?.volumeName
  if (!volume || claim.status?.phase !== 'Bound') throw new MountError(`PVC ${name} is not bound`)
  return volume
}

/** Removes a folder of the node's own, whatever is mounted in it. */
export async function removeFolder(folder: string): Promise<void> {
  await unmountBelow(folder)
  await rm(folder, {recursive: true, force: true})
}
