import {recoverSteps, resultMark} from './restore-script.ts'

/**
 * Arguments: Postgres major, the stanza, data directory, the LSN that recovery must reach or nothing, the database for
 * the reader's own SQL; then options of `pgbackrest restore`. Restores into a volume of its own, checks what
 * came out, and tells it in the last line. Exit code 3 means that it was restored and a check failed.
 */
const script = `
umask 0027
version=$1 stanza=$2 data=$3 wal='' lsn=$4 database=$5
shift 5
export PATH="$PATH:/usr/lib/postgresql/$version/bin:/usr/pgsql-$version/bin"
log=/pgdata/pgbackrest/log/pgk-recovery.log
step() { printf '%s %s\\n' "$(date -u +%H:%M:%S)" "$*"; }
began=$SECONDS failed='' checks=''
# Only letters, digits and the like: it becomes part of a JSON text.
plain() { tr -c '[:alnum:] ._:/=<>()-' ' ' | tr -s ' ' | tail -c 300; }
check() {
  local name=$1 words ok=true
  shift
  step "checking $name"
  words=$("$@" 2>&1) || { ok=false failed=yes; }
  printf '%s\\n' "$words" | tail -n 5
  [ "$ok" = true ] && words=''
  checks="$checks\${checks:+,}{\\"name\\":\\"$name\\",\\"passed\\":$ok,\\"detail\\":\\"$(printf '%s' "$words" | plain)\\"}"
}
# A try that was cut off left a directory that a delta restore takes over.
${recoverSteps}
recovered=$((SECONDS - began))
reached() { replayed "$lsn" || { echo "recovery ended before $lsn"; return 1; }; }
check lsn reached
check amcheck pg_amcheck --host=/tmp --port=5432 --all --install-missing --heapallindexed --no-password
if [ -s /drill/check.sql ]; then
  check sql psql -h /tmp -p 5432 -d "$database" -XAtqw -v ON_ERROR_STOP=1 -f /drill/check.sql
fi
last=$(last)
pg_ctl stop -D "$data" --silent --wait --timeout=31536000 --mode=fast
if [ "$(pg_controldata "$data" | sed -n 's/^Data page checksum version: *//p')" != 0 ]; then
  check checksums pg_checksums --check --pgdata="$data"
fi
printf -v result '{"reached":true,"lastTransaction":"%s","timeline":%s,"recoverySeconds":%s,"checks":[%s]}' \\
  "$last" "$timeline" "$recovered" "$checks"
tell "$result"
[ -z "$failed" ] || exit 3
`.trimStart()

export interface DrillScript {
  postgresVersion: number
  stanza: string
  dataDirectory: string
  /** `0/5000060`: what must have been recovered at least. */
  lsn: string | undefined
  /** Where the reader's own SQL runs. */
  database: string
  options: readonly string[]
}

export const drillCommand = ({
  postgresVersion,
  stanza,
  dataDirectory,
  lsn,
  database,
  options,
}: DrillScript): string[] => [
  'bash',
  '-ceu',
  script,
  '--',
  String(postgresVersion),
  stanza,
  dataDirectory,
  lsn ?? '',
  database,
  ...options,
]

export interface DrillCheck {
  /** `lsn`, `amcheck`, `checksums`, `sql` */
  name: string
  passed: boolean
  /** What it complained of. */
  detail: string
}

export interface DrillResult {
  recoverySeconds: number
  timeline: number
  lastTransaction: string | undefined
  checks: readonly DrillCheck[]
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

/** Undefined where the words do not tell how a drill ended: it came to no result. */
export function parseDrillResult(words: string): DrillResult | undefined {
  const line = words
    .split('\n')
    .map(part => part.trim())
    .findLast(part => part.startsWith(resultMark))
  if (line === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(line.slice(resultMark.length))
  } catch {
    return undefined
  }
  const checks = field(value, 'checks')
  const last = field(value, 'lastTransaction')
  return {
    recoverySeconds: Number(field(value, 'recoverySeconds') ?? 0),
    timeline: Number(field(value, 'timeline') ?? 0),
    lastTransaction: typeof last === 'string' && last !== '' ? last : undefined,
    checks: (Array.isArray(checks) ? checks : []).map((entry: unknown) => ({
      name: String(field(entry, 'name')),
      passed: field(entry, 'passed') === true,
      detail: String(field(entry, 'detail') ?? '').trim(),
    })),
  }
}
