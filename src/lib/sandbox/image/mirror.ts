import {refusedError} from '../../errors.ts'
import {run} from '../host/run.ts'

/** One line of `apt-get indextargets`: where apt on this machine reads an index from. */
export interface AptSource {
  site: string
  release: string
  origin: string
}

export const indexTargetsFormat = '$(SITE)|$(RELEASE)|$(ORIGIN)'

export function parseIndexTargets(text: string): AptSource[] {
  return text
    .split('\n')
    .map(line => line.split('|'))
    .flatMap(([site, release, origin]) => (site && release ? [{site, release, origin: origin ?? ''}] : []))
}

/**
 * Picks the Debian archive among apt's sources: the one whose release is a plain suite (not `-security` or
 * `-updates`). The origin is only known once apt has fetched the lists; without it the path decides.
 */
export function chooseMirror(sources: readonly AptSource[]): string | undefined {
  const plain = sources.filter(source => !source.release.includes('-'))
  const known = plain.find(source => source.origin === 'Debian')
  const likely = plain.find(source => /\/debian\/?$/.test(source.site))
  return (known ?? likely)?.site
}

/** The Debian mirror that this machine's apt is set up to use. */
export async function debianMirror(): Promise<string> {
  const text = await run('apt-get', ['indextargets', '--format', indexTargetsFormat, 'Created-By: Packages'])
  const mirror = chooseMirror(parseIndexTargets(text))
  if (mirror !== undefined) return mirror
  throw refusedError(
    'SANDBOX_NO_MIRROR',
    'apt on this machine has no Debian archive to build the image from',
    {
      hints: ['Name one: pgk sandbox up --mirror URL', 'See what apt uses: apt-get indextargets'],
    },
  )
}
