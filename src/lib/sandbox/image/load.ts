import {run} from '../host/run.ts'

const named = /^unpacking (\S+)/gm

/**
 * Imports the images of an archive, as `podman save` and `docker save` write them. Returns their names.
 */
export async function loadImages(socket: string, file: string): Promise<string[]> {
  const args = ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', '--no-unpack=false', file]
  const text = await run('ctr', args)
  return [...text.matchAll(named)].flatMap(([, name]) => name ?? [])
}
