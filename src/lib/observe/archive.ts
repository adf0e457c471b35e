import {parseHistory, parseListing, type TimelineFork, type WalArchive} from '../pgbackrest/archive.ts'
import {stanza as ownStanza} from '../pgbackrest/layout.ts'

/** What the archives of some repositories hold. A repository that could not be read is a reason. */
export interface ArchiveView {
  archives: readonly WalArchive[]
  histories: ReadonlyMap<number, readonly TimelineFork[]>
  unread: ReadonlyMap<number, string>
}

/** Runs a command where pgBackRest is, and gives its output; throws when it fails. */
export type Ask = (command: string[]) => Promise<string>

const quietly = '--log-level-console=off'
/** Seconds; why a repository cannot be read is told only afterwards. */
const patience = '--io-timeout=5'

const listing = (repo: number, stanza: string): string[] => [
  'pgbackrest',
  'repo-ls',
  `archive/${stanza}`,
  `--stanza=${stanza}`,
  `--repo=${repo}`,
  '--recurse',
  '--output=json',
  patience,
  quietly,
]

/** Prints each file behind a line with its name, so that one call serves for all. */
const reading =
  'for file in "$@"; do echo "file $file"; pgbackrest repo-get "$file" --stanza="$0" --repo="$repo" || :; echo; done'

function parseFiles(text: string): Map<number, TimelineFork[]> {
  const found = new Map<number, TimelineFork[]>()
  for (const part of text.split(/^file /m)) {
    const [, timeline, content = ''] = /\/([0-9A-F]{8})\.history\n([\s\S]*)$/.exec(part) ?? []
    const forks = parseHistory(content)
    if (timeline !== undefined && forks.length > 0) found.set(Number.parseInt(timeline, 16), forks)
  }
  return found
}

async function histories(
  ask: Ask,
  archives: readonly WalArchive[],
  stanza: string,
): Promise<Map<number, TimelineFork[]>> {
  const newest = archives.at(-1)
  if (newest === undefined || newest.histories.size === 0) return new Map()
  const files = [...newest.histories.keys()].map(
    timeline =>
      `archive/${stanza}/${newest.id}/${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`,
  )
  return parseFiles(await ask(['env', `repo=${newest.repo}`, 'sh', '-c', reading, stanza, ...files]))
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Lists the archives of repositories by their numbers, with the history files in them. */
export async function askArchives(
  ask: Ask,
  repos: readonly number[],
  stanza: string = ownStanza,
): Promise<ArchiveView> {
  const unread = new Map<number, string>()
  const found = await Promise.all(
    repos.map(async repo => {
      try {
        const archives = parseListing(await ask(listing(repo, stanza)), repo)
        return {archives, histories: await histories(ask, archives, stanza)}
      } catch (error) {
        unread.set(repo, reasonOf(error))
        return {archives: [], histories: new Map<number, TimelineFork[]>()}
      }
    }),
  )
  return {
    archives: found.flatMap(({archives}) => archives),
    histories: new Map(found.flatMap(one => [...one.histories])),
    unread,
  }
}
