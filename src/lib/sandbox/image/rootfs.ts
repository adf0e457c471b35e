import {mkdir, mkdtemp, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {failedError} from '../../errors.ts'
import {removeFolder} from '../host/mounts.ts'
import {runAny} from '../host/run.ts'
import type {Recipe} from './recipe.ts'

/**
 * mmdebstrap mounts the machine's `/sys` and `/dev` in the new root: nobody else shall see, or keep, that. And
 * when this process is killed, everything of the build ends with it instead of going on alone.
 */
const contained = [
  ...['--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'private'],
  ...['--pid', '--fork', '--kill-child', '--mount-proc', 'mmdebstrap'],
]
const keyrings = '/usr/share/keyrings'

export interface RootfsRequest {
  recipe: Recipe
  /** Debian's name of the architecture, the same as Go's for amd64 and arm64. */
  architecture: string
  mirror: string
  /** A folder for the unpacked tree, on the disk that shall hold it for a while. */
  scratch: string
  progress: (message: string) => void
  signal?: AbortSignal
}

/** mmdebstrap's own words for its stages, and what they mean to somebody who waits. */
const stages: Readonly<Record<string, string>> = {
  'running apt-get update...': 'reading the package lists',
  'downloading packages with apt...': 'downloading the base system',
  'extracting archives...': 'unpacking the base system',
  'installing essential packages...': 'installing the base system',
  'installing remaining packages inside the chroot...': 'installing the packages',
  'creating tarball...': 'packing the image',
}

/** The command line of mmdebstrap that makes a recipe's root filesystem as a tar on stdout. */
export function mmdebstrapArgs(request: Omit<RootfsRequest, 'scratch' | 'signal' | 'progress'>): string[] {
  const {recipe, architecture, mirror} = request
  return [
    '--mode=root',
    '--variant=essential',
    '--format=tar',
    `--architectures=${architecture}`,
    `--keyring=${keyrings}`,
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    '--dpkgopt=force-unsafe-io',
    ...recipe.exclude.map(path => `--dpkgopt=path-exclude=${path}`),
    `--essential-hook=${userScript(recipe)}`,
    ...recipe.before.map(line => `--essential-hook=${insideRoot(line)}`),
    ...recipe.after.map(line => `--customize-hook=${insideRoot(line)}`),
    `--include=${recipe.packages.join(',')}`,
    recipe.suite,
    '-',
    `deb ${mirror} ${recipe.suite} main`,
  ]
}

/**
 * Gives the user its number before any package creates it. The group with that number gets the user's name:
 * Debian's own names of low numbers (26 is `tape`) mean nothing in a container.
 */
function userScript({user}: Recipe): string {
  const entry = `${user.name}:x:${user.uid}:${user.uid}::${user.home}:/bin/bash`
  return [
    `sed -i -e 's/^[^:]*:\\([^:]*\\):${user.uid}:.*/${user.name}:\\1:${user.uid}:/' "$1/etc/group"`,
    `sed -i -e '/^[^:]*:[^:]*:${user.uid}:/d' "$1/etc/passwd"`,
    `grep -q '^${user.name}:' "$1/etc/group" || echo '${user.name}:x:${user.uid}:' >> "$1/etc/group"`,
    `echo '${entry}' >> "$1/etc/passwd"`,
  ].join(' && ')
}

function insideRoot(line: string): string {
  return `chroot "$1" sh -ec '${line.replaceAll("'", `'\\''`)}'`
}

/** Streams the tar of a recipe's root filesystem. */
export async function buildRootfs(request: RootfsRequest, data: (piece: Buffer) => void): Promise<void> {
  await mkdir(request.scratch, {recursive: true, mode: 0o755})
  const folder = await mkdtemp(join(request.scratch, 'build-'))
  try {
    const result = await runAny('setpriv', [...contained, ...mmdebstrapArgs(request)], {
      data,
      env: {TMPDIR: folder},
      line: text => {
        const stage = stages[text.replace(/^I: /, '')]
        if (stage !== undefined) request.progress(`${request.recipe.name}: ${stage}`)
      },
      ...(request.signal === undefined ? {} : {signal: request.signal}),
    })
    if (result.code === 0) return
    const log = join(request.scratch, 'build.log')
    await writeFile(log, result.stderr)
    throw failedError('IMAGE_BUILD_FAILED', `the image ${request.recipe.name} could not be built`, {
      reason: lastComplaint(result.stderr),
      hints: [`Check that this machine reaches ${request.mirror}`, `Read all of it: ${log}`],
    })
  } finally {
    await removeFolder(folder)
  }
}

/** What apt, dpkg and the packages' scripts mark as wrong; without such a line the last lines must do. */
export function lastComplaint(stderr: string): string {
  const lines = stderr.trim().split('\n')
  // That a step failed, mmdebstrap says at length after whoever knows why.
  const marked = lines.filter(line => /^(E: (?!setup failed|mmdebstrap)|dpkg: error|fatal:|err:)/i.test(line))
  return (marked.length > 0 ? marked : lines).slice(-4).join('\n')
}
