import type {BackupSet} from '../pgbackrest/backup-set.ts'
import type {Flaws, Verification, VerifiedSet} from '../pgbackrest/verification.ts'

interface Known {
  repo: string
  label: string
  at: string
  valid: boolean
}

export interface VerifiedItem extends Flaws {
  repo: string
  label: string
  valid: boolean
  verifiedAt: string
  cached: boolean
}

const repoOf = ({repo}: BackupSet): string => `repo${repo}`

/**
 * The labels to read in one repository; one undefined for all of it, where nothing is known to be valid. To
 * read a set is to read what it builds on, so that only the ends of chains are named.
 */
export function toVerify(
  sets: readonly BackupSet[],
  known: readonly Known[],
  repo: string,
): (string | undefined)[] {
  const here = sets.filter(set => repoOf(set) === repo)
  const valid = new Set(known.filter(one => one.repo === repo && one.valid).map(({label}) => label))
  const left = here.filter(({label}) => !valid.has(label))
  if (left.length > 0 && left.length === here.length) return [undefined]
  const inner = new Set(left.flatMap(({references}) => references))
  return left.map(({label}) => label).filter(label => !inner.has(label))
}

/** What is known of each set now. A set that builds on a damaged one is damaged too. */
export function verifiedItems(
  sets: readonly BackupSet[],
  known: readonly Known[],
  runs: readonly {repo: string; verification: Verification}[],
  {repos, now}: {repos: readonly string[]; now: Date},
): VerifiedItem[] {
  const read = new Map<string, VerifiedSet>(
    runs.flatMap(({repo, verification}) =>
      verification.sets.map(set => [`${repo}/${set.label}`, set] as const),
    ),
  )
  const items = new Map<string, VerifiedItem>()
  for (const set of sets) {
    const repo = repoOf(set)
    const key = `${repo}/${set.label}`
    const found = read.get(key)
    const earlier = known.find(one => one.repo === repo && one.label === set.label)
    if (!repos.includes(repo) || (found === undefined && earlier === undefined)) continue
    const chain = set.references.every(label => items.get(`${repo}/${label}`)?.valid !== false)
    const {missing = 0, checksumInvalid = 0, sizeInvalid = 0, other = 0} = found ?? {}
    items.set(key, {
      repo,
      label: set.label,
      valid: (found?.valid ?? earlier?.valid ?? false) && chain && !set.damaged,
      verifiedAt: found === undefined && earlier !== undefined ? earlier.at : now.toISOString(),
      cached: found === undefined,
      missing,
      checksumInvalid,
      sizeInvalid,
      other,
    })
  }
  return [...items.values()]
}
