import {spoolDirectory} from './layout.ts'

/** Where the data directory of before waits until the restore is proven. */
export const asideDirectory = (dataDirectory: string): string => `${dataDirectory}_before`

/** What the last line of the script's output tells, after this mark, as JSON. */
export const resultMark = 'pgk-result '

/**
 * Restores and recovers: needs `version`, `data`, `wal`, `log`, `step` and the options in `"$@"`. Leaves Postgres
 * running, promoted, on a socket in /tmp, and sets `timeline`.
 */
export const recoverSteps = `
mkdir -p "$data" /pgdata/pgbackrest/log /tmp/pgbackrest
chmod 0750 "$data"
rm -f "$data/postmaster.pid"
# What was noted of archived segments belongs to the timeline that is left.
rm -rf ${spoolDirectory}/archive
mkdir -p ${spoolDirectory}
map=()
[ -z "$wal" ] || map=(--link-map=pg_wal="$wal")
step restoring
pgbackrest restore --stanza=db --delta "\${map[@]}" "$@" --log-level-console=info --log-level-file=off
rm -f "$data/patroni.dynamic.json" "$data/postmaster.opts"

# A container that succeeds leaves no word but what it writes here.
tell() { printf '%s\\n' "${resultMark}$1"; printf '%s\\n' "${resultMark}$1" > /dev/termination-log || :; }
cd /tmp || exit
echo 'local all all peer' > /tmp/pgk-hba.conf
setting() { pg_controldata "$data" | sed -n "s/^$1 setting: *//p"; }
ask() { psql -h /tmp -p 5432 -d postgres -XAtqw -c "$1"; }
# Where Postgres writes now says nothing: a timeline that began too early has records of its own.
replayed() { [ -z "$1" ] || [ "$(ask "select pg_last_wal_replay_lsn() >= '$1'")" = t ]; }
last() { sed -n 's/.*last completed transaction was at log time \\(.*\\)$/\\1/p' "$log" | tail -n 1; }
while :; do
  cat > /tmp/pgk-recovery.conf <<EOF
data_directory = '$data'
hba_file = '/tmp/pgk-hba.conf'
listen_addresses = ''
port = 5432
unix_socket_directories = '/tmp'
archive_mode = on
archive_command = ''
hot_standby = on
logging_collector = off
log_destination = 'stderr'
log_min_messages = info
shared_preload_libraries = ''
max_connections = $(setting max_connections)
max_locks_per_transaction = $(setting max_locks_per_xact)
max_prepared_transactions = $(setting max_prepared_xacts)
max_worker_processes = $(setting max_worker_processes)
max_wal_senders = $(setting max_wal_senders)
EOF
  : > "$log"
  step recovering
  pg_ctl start -D "$data" --silent --timeout=31536000 --wait --log="$log" \\
    --options=--config-file=/tmp/pgk-recovery.conf || true
  answer='t|f'
  while [ "$answer" = 't|f' ]; do
    if ! pg_ctl status -D "$data" > /dev/null; then
      grep -E 'FATAL|PANIC' "$log" | tail -n 3 || true
      # Only this one is about the target; anything else may be over the next time.
      grep -q 'recovery ended before configured recovery target was reached' "$log" || exit 1
      printf -v result '{"reached":false,"lastTransaction":"%s"}' "$(last)"
      tell "$result"
      exit 3
    fi
    answer=$(ask 'select pg_is_in_recovery(), pg_is_in_recovery() and pg_is_wal_replay_paused()') || answer='t|f'
    [ "$answer" != 't|f' ] || sleep 0.2
  done
  [ "\${answer%%|*}" != f ] || break
  step 'replay needs larger parameters; starting again'
  pg_ctl stop -D "$data" --silent --wait --mode=fast
done
timeline=$(ask "select ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int")
`.trimStart()

/**
 * Arguments: `restore` or `return`, the operation's id, Postgres major, data directory, WAL directory or
 * nothing, the LSN that recovery must reach or nothing; then options of `pgbackrest restore`. Every step can be cut off and done again.
 *
 * A restored directory ends as `…_bootstrap`, where Patroni takes it from. `return` brings back what was
 * there before: the directory kept aside, the untouched one, or else the end of the old timeline from the
 * archive. Exit code 3 means that recovery ended before the target; trying again would not help.
 */
const script = `
umask 0027
mode=$1 id=$2 version=$3 data=$4 wal=$5 lsn=$6
shift 6
export PATH="$PATH:/usr/lib/postgresql/$version/bin:/usr/pgsql-$version/bin"
waiting=\${data}_bootstrap aside=\${data}_before
state=/pgdata/pgk-restore log=/pgdata/pgbackrest/log/pgk-recovery.log
step() { printf '%s %s\\n' "$(date -u +%H:%M:%S)" "$*"; }
note() { printf '%s\\n' "$1" > "$state.new"; sync; mv "$state.new" "$state"; }
known=$(cat "$state" 2>/dev/null || true)

if [ "$mode" = return ]; then
  if [ -d "$aside" ]; then
    step 'bringing back the directory kept aside'
    rm -rf "$data" "$waiting"
    mv "$aside" "$waiting"
    rm -f "$waiting/standby.signal" "$waiting/recovery.signal"
    note "$id-returned"
  elif [ "$known" != "$id" ] && [ "$known" != "$id-return" ] && [ -f "$data/PG_VERSION" ]; then
    step 'the data was not touched'
    rm -f "$data/standby.signal" "$data/recovery.signal"
    rm -rf "$waiting"
    mv "$data" "$waiting"
    note "$id-returned"
  fi
  known=$(cat "$state" 2>/dev/null || true)
  [ "$known" != "$id-returned" ] || { step 'as before'; exit 0; }
  id=$id-return
fi

if [ "$known" = "$id" ] && [ -d "$waiting" ] && [ ! -e "$data" ]; then
  step 'restored already'
  exit 0
fi
if [ "$known" != "$id" ]; then
  # What an older operation left is not of this one.
  if [ -d "$waiting" ] && [ ! -e "$data" ]; then mv "$waiting" "$data"; fi
  rm -rf "$waiting"
  if [ "$mode" = restore ] && [ -f "$data/PG_VERSION" ]; then
    rm -rf "$aside"
    need=$(du -sk "$data" | cut -f1)
    free=$(df -Pk /pgdata | awk 'NR == 2 {print $4}')
    if [ -z "$wal" ] && [ "$free" -gt $((need + need / 4)) ]; then
      step "keeping the present data aside: $need kB, $free kB free"
      mv "$data" "$aside"
    else
      step "no room to keep the present data aside: $need kB, $free kB free"
    fi
  fi
  note "$id"
fi

${recoverSteps}if ! replayed "$lsn"; then
  step "recovery ended before $lsn"
  printf -v result '{"reached":false,"lastTransaction":"%s"}' "$(last)"
  pg_ctl stop -D "$data" --silent --wait --mode=immediate
  tell "$result"
  exit 3
fi
pg_ctl stop -D "$data" --silent --wait --timeout=31536000 --mode=fast
sync
mv "$data" "$waiting"
step 'restored'
printf -v result '{"reached":true,"lastTransaction":"%s","timeline":%s}' "$(last)" "$timeline"
tell "$result"
`.trimStart()

export interface RestoreScript {
  mode: 'restore' | 'return'
  /** Of the operation. */
  id: string
  postgresVersion: number
  dataDirectory: string
  /** Empty where the WAL has no volume of its own. */
  walDirectory: string
  /** `0/5000060`: what recovery must reach at least, where that is known. */
  lsn: string | undefined
  /** Options of `pgbackrest restore`. */
  options: readonly string[]
}

export const restoreCommand = (request: RestoreScript): string[] => [
  'bash',
  '-ceu',
  script,
  '--',
  request.mode,
  request.id,
  String(request.postgresVersion),
  request.dataDirectory,
  request.walDirectory,
  request.lsn ?? '',
  ...request.options,
]

/** What the script said last. */
export interface RestoreResult {
  reached: boolean
  /** As Postgres prints it; undefined where no transaction was replayed. */
  lastTransaction: string | undefined
  timeline: number | undefined
}

/** Finds the result in a container's last words; undefined where there is none. */
export function parseRestoreResult(text: string): RestoreResult | undefined {
  const line = text
    .split('\n')
    .map(part => part.trim())
    .findLast(part => part.startsWith(resultMark))
  if (line === undefined) return undefined
  try {
    const value: unknown = JSON.parse(line.slice(resultMark.length))
    const field = (name: string): unknown =>
      typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
    const last = field('lastTransaction')
    const timeline = field('timeline')
    return {
      reached: field('reached') === true,
      lastTransaction: typeof last === 'string' && last !== '' ? last : undefined,
      timeline: typeof timeline === 'number' ? timeline : undefined,
    }
  } catch {
    return undefined
  }
}
