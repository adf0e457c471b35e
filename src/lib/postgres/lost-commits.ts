import {dataDirectory} from './layout.ts'
import {formatLsn} from './lsn.ts'

/** The point behind which commits are counted. */
export type Behind = {kind: 'time'; at: Date} | {kind: 'lsn'; position: number}

/** How much of the newest WAL is read: a gigabyte with segments of the usual size, a few seconds. */
const segments = 64
const seconds = 20

/**
 * `$1` is the data directory, `$2` `time` or `lsn`, `$3` the point, `$4` how many segments. Reads the newest WAL
 * of the present timeline and prints how many commits are up to the point and how many behind it; fails unless
 * it has read all the way to where the leader writes.
 */
const script = `set -eu
cd "$1/pg_wal"
now=$(psql -XAtq -F ' ' -d postgres -c 'select pg_walfile_name(at), at from pg_current_wal_lsn() at')
current=\${now% *}
timeline=$(printf '%.8s' "$current")
# Right after a switch the present file is not there yet.
files=$(ls | grep -E "^\${timeline}[0-9A-F]{16}$" | sort | awk -v last="$current" '($0 "") <= (last "")' | tail -n "$4")
first=$(printf '%s' "$files" | head -n 1)
last=$(printf '%s' "$files" | tail -n 1)
{
  TZ=UTC timeout ${seconds} pg_waldump --rmgr=Transaction --path=. --end="\${now#* }" "$first" "$last" && echo complete
} | awk -v kind="$2" -v point="$3" '
$0 == "complete" { complete = 1 }
/desc: COMMIT/ {
  if (kind == "time") { match($0, /[0-9]+-[0-9]+-[0-9]+ [0-9:.]+ UTC/); at = substr($0, RSTART, RLENGTH - 4) }
  else { match($0, /lsn: [0-9A-F]+\\/[0-9A-F]+/); split(substr($0, RSTART + 5, RLENGTH - 5), half, "/"); at = sprintf("%8s%8s", half[1], half[2]); gsub(/ /, "0", at) }
  if ((at "") > (point "")) behind++; else kept++
}
END { if (!complete) exit 1; print kept + 0, behind + 0 }'`

const digits = (lsn: string): string =>
  lsn
    .split('/')
    .map(half => half.padStart(8, '0'))
    .join('')

/** Both as strings that sort as what they stand for, in the notation of pg_waldump. */
const pointText = (behind: Behind): string =>
  behind.kind === 'lsn'
    ? digits(formatLsn(behind.position))
    : behind.at.toISOString().replace('T', ' ').replace('Z', '000')

/** The command that counts; for the leader's `database` container. */
export const lostCommitsCommand = (postgresVersion: number, behind: Behind): string[] => [
  'sh',
  '-c',
  script,
  'sh',
  dataDirectory(postgresVersion),
  behind.kind,
  pointText(behind),
  String(segments),
]

/**
 * The commits behind the point; undefined where the WAL at hand does not reach back to it, which no commit up
 * to the point proves.
 */
export function readLostCommits(output: string): number | undefined {
  const [, kept, behind] = /^(\d+) (\d+)\s*$/.exec(output) ?? []
  return kept === undefined || behind === undefined || Number(kept) === 0 ? undefined : Number(behind)
}
