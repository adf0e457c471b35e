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
  /** False where pgBackRest said nothing about the set, now or earlier. */
  read: boolean
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

/** One reading of a repository, or of one set in it. */
export interface VerifyRun {
  repo: string
  verification: Verification
}

/**
 * Pure. What is wrong besides the sets and the WAL that were found: a repository that holds nothing to restore
 * from has no flaw in any file.
 */
export function verificationProblems(
  sets: readonly BackupSet[],
  runs: readonly VerifyRun[],
  repos: readonly string[],
): string[] {
  const empty = repos.filter(repo => !sets.some(set => repoOf(set) === repo))
  const failed = runs
    .filter(({verification}) => !verification.ok || verification.errors.length > 0)
    .flatMap(({repo, verification: {errors}}) =>
      errors.length === 0
        ? [`pgBackRest calls what it read in ${repo} not valid`]
        : errors.map(error => `${repo}: ${error}`),
    )
  return [...new Set([...empty.map(repo => `${repo} holds no backup`), ...failed])]
}

/** What is known of each set now. A set that builds on a damaged one is damaged too. */
export function verifiedItems(
  sets: readonly BackupSet[],
  known: readonly Known[],
  runs: readonly VerifyRun[],
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
    if (!repos.includes(repo)) continue
    const chain = set.references.every(label => items.get(`${repo}/${label}`)?.valid !== false)
    const {missing = 0, checksumInvalid = 0, sizeInvalid = 0, other = 0} = found ?? {}
    items.set(key, {
      repo,
      label: set.label,
      valid: (found?.valid ?? earlier?.valid ?? false) && chain && !set.damaged,
      read: found !== undefined || earlier !== undefined,
      verifiedAt: found === undefined && earlier !== undefined ? earlier.at : now.toISOString(),
      cached: found === undefined && earlier !== undefined,
      missing,
      checksumInvalid,
      sizeInvalid,
      other,
    })
  }
  return [...items.values()]
}
