import {mkdir, realpath, stat} from 'node:fs/promises'
import {dirname, join, resolve, sep} from 'node:path'
import type {Container, VolumeMount} from 'kubernetes-types/core/v1.d.ts'
import {propagationOf} from './container-config.ts'
import type {Mount} from './cri/container-messages.ts'
import type {Input} from './cri/wire.ts'
import {ConfigError} from './environment/environment.ts'
import {expand} from './environment/expand.ts'
import type {MountedVolume} from './volumes/volumes.ts'

/** A path below a volume, wherever links inside the volume would lead: never out of it. */
async function below(root: string, subPath: string): Promise<string> {
  const target = resolve(root, subPath)
  if (target !== root && !target.startsWith(root + sep)) {
    throw new ConfigError(`failed to prepare subPath for volumeMount: ${subPath} leads out of the volume`)
  }
  const [realRoot, parent] = [await realpath(root), dirname(target)]
  await mkdir(parent, {recursive: true, mode: 0o750})
  if (!(await stat(target).catch(() => undefined))) await mkdir(target, {mode: 0o750})
  const real = await realpath(target)
  if (real === realRoot || real.startsWith(realRoot + sep)) return real
  throw new ConfigError(`failed to prepare subPath for volumeMount: ${subPath} leads out of the volume`)
}

async function sourceOf(
  mount: VolumeMount,
  volume: MountedVolume,
  environment: ReadonlyMap<string, string>,
): Promise<string> {
  const expanded = expand(mount.subPathExpr ?? '', name => environment.get(name))
  const subPath = mount.subPath || expanded
  return subPath ? below(volume.path, subPath) : volume.path
}

/** The bind mounts that bring a container its volumes. Throws `ConfigError`. */
export async function volumeMounts(
  container: Container,
  volumes: ReadonlyMap<string, MountedVolume>,
  environment: ReadonlyMap<string, string>,
): Promise<Input<typeof Mount>[]> {
  const mounts = (container.volumeMounts ?? []).map(async (mount): Promise<Input<typeof Mount>> => {
    const volume = volumes.get(mount.name)
    if (!volume) throw new ConfigError(`cannot find volume "${mount.name}" to mount into container`)
    return {
      container_path: mount.mountPath.startsWith('/') ? mount.mountPath : join('/', mount.mountPath),
      host_path: await sourceOf(mount, volume, environment),
      readonly: volume.readOnly || (mount.readOnly ?? false),
      propagation: propagationOf(mount),
    }
  })
  return Promise.all(mounts)
}
