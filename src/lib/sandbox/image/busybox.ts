import {access, readFile} from 'node:fs/promises'
import {refusedError} from '../../errors.ts'
import {run} from '../host/run.ts'
import {type ImageConfig, LayoutWriter} from './layout.ts'
import {tarEnd, tarFile, tarHeader} from './tar.ts'

const candidates = ['/bin/busybox', '/usr/bin/busybox']

export interface BusyboxImage {
  name: string
  config: ImageConfig
  /** Whether the image gets a link for each of busybox's programs. */
  applets: boolean
}

const path = {PATH: '/bin'}

/**
 * Holds a pod's namespaces. Ignoring SIGCHLD is inherited by the sleeping program and lets the kernel reap
 * orphans, which matters when the pod's containers share its process namespace.
 */
export const pauseImage: BusyboxImage = {
  name: 'localhost/pgk-pause:1',
  config: {
    user: 65_535,
    env: path,
    entrypoint: ['/bin/busybox', 'sh', '-c', "trap '' CHLD; exec /bin/busybox sleep 2147483647"],
  },
  applets: false,
}

export const busyboxImage: BusyboxImage = {
  name: 'localhost/busybox:1',
  config: {user: 0, env: path, command: ['sh']},
  applets: true,
}

/** Writes an image that holds nothing but the host's static busybox. */
export async function buildBusyboxImage(
  image: BusyboxImage,
  architecture: string,
  file: string,
): Promise<void> {
  const program = await findBusybox()
  const applets = image.applets ? (await run(program, ['--list'])).split('\n').filter(Boolean) : []
  const writer = new LayoutWriter(file)
  try {
    for (const name of ['bin/', 'dev/', 'etc/', 'home/', 'proc/', 'root/', 'sys/', 'usr/', 'var/']) {
      writer.write(tarHeader({name, size: 0, mode: 0o755, type: 'directory'}))
    }
    writer.write(tarHeader({name: 'tmp/', size: 0, mode: 0o1777, type: 'directory'}))
    writer.write(tarFile('bin/busybox', await readFile(program), 0o755))
    for (const name of applets.filter(applet => applet !== 'busybox')) {
      writer.write(tarHeader({name: `bin/${name}`, size: 0, mode: 0o777, type: 'symlink', target: 'busybox'}))
    }
    writer.write(
      tarFile('etc/passwd', Buffer.from('root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n')),
    )
    writer.write(tarFile('etc/group', Buffer.from('root:x:0:\nnogroup:x:65534:\n')))
    writer.write(tarEnd)
    writer.finish({name: image.name, architecture, config: image.config})
  } catch (error) {
    writer.discard()
    throw error
  }
}

/** The static build of busybox: a dynamic one would not run in an otherwise empty root. */
async function findBusybox(): Promise<string> {
  for (const candidate of candidates) {
    const there = await access(candidate).then(
      () => true,
      () => false,
    )
    if (there && isStatic(await readFile(candidate))) return candidate
  }
  throw refusedError('SANDBOX_TOOL_MISSING', 'no static busybox on this machine', {
    hints: ['apt-get install busybox-static'],
  })
}

/** True for a 64-bit ELF program without an interpreter segment. */
export function isStatic(program: Buffer): boolean {
  if (program.length < 64 || program.readUInt32BE(0) !== 0x7f454c46 || program[4] !== 2) return false
  const start = Number(program.readBigUInt64LE(32))
  const size = program.readUInt16LE(54)
  const count = program.readUInt16LE(56)
  const interpreter = 3
  return !Array.from({length: count}, (_, index) => program.readUInt32LE(start + index * size)).includes(
    interpreter,
  )
}
