import {spoolDirectory} from './layout.ts'

/** Where an operation keeps the data directory of before until the restore is proven. */
export const asideDirectory = (dataDirectory: string, id: string): string => `${dataDirectory}_before_${id}`

/** What the last line of the script's output tells, after this mark, as JSON. */
export const resultMark = 'pgk-result '

/**
 * Restores and recovers: needs `version`, `stanza`, `data`, `wal`, `log`, `step` and the options in `"$@"`. Leaves
 * Postgres running, promoted, on a socket in /tmp, and sets `timeline`.
 */
export const recoverSteps = `
mkdir -p "$data" /pgdata/pgbackrest/log /tmp/pgbackrest
chmod 0750 "$data"
rm -f "$data/postmaster.pid"
# What was noted of archived segments belongs to the timeline that is left.
rm -rf ${spoolDirectory}/archive
mkdir -p ${spoolDirectory}
# Someone waits for it, and the instance itself does not run: so many copy as there are processors, unless
# anything says how many.
case " $* \${PGBACKREST_PROCESS_MAX:+--process-max}" in
  *' --process-max'*) ;;
  *)
    grep -qs '^process-max=' /etc/pgbackrest/conf.d/*.conf || {
      processors=$(nproc)
      set -- --process-max="$((processors > 4 ? 4 : processors))" "$@"
    }
    ;;
esac
map=()
[ -z "$wal" ] || map=(--link-map=pg_wal="$wal")
step restoring
pgbackrest restore --stanza="$stanza" --delta "\${map[@]}" "$@" --log-level-console=info --log-level-file=off
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
 * Arguments: `restore` or `return`, the operation's id, `must` where the present data must be kept aside or
 * `may` where a backup of it was made, Postgres major, the stanza, data directory, WAL directory or nothing,
 * the LSN that recovery must reach or nothing; then options of `pgbackrest restore`. Every step can be cut off and done again: what is about to happen to a directory is
 * noted before it happens, under the operation's id, so that nothing of an older operation is taken for its own.
 *
 * A restored directory ends as `…_bootstrap`, where Patroni takes it from. `return` brings back what was
 * there before: the directory kept aside, the untouched one, or else the end of the old timeline from the
 * archive. Exit code 3 means that trying again would not help: recovery ended before the target, there is
 * no room for what must be kept, or the end of the data cannot be archived.
 */
const script = `
umask 0027
mode=$1 id=$2 keep=$3 version=$4 stanza=$5 data=$6 wal=$7 lsn=$8
shift 8
export PATH="$PATH:/usr/lib/postgresql/$version/bin:/usr/pgsql-$version/bin"
waiting=\${data}_bootstrap aside=\${data}_before_$id
state=/pgdata/pgk-restore log=/pgdata/pgbackrest/log/pgk-recovery.log
step() { printf '%s %s\\n' "$(date -u +%H:%M:%S)" "$*"; }
note() { printf '%s\\n' "$1" > "$state.new"; sync; mv "$state.new" "$state"; }
known=$(cat "$state" 2>/dev/null || true)
# What the archiver had no time for before the instance stopped.
archive_rest() {
  local ready name
  for ready in "$data"/pg_wal/archive_status/*.ready; do
    [ -e "$ready" ] || continue
    name=$(basename "$ready" .ready)
    step "archiving $name"
    pgbackrest archive-push --stanza="$stanza" --no-archive-async --pg1-path="$data" "$data/pg_wal/$name" || return
    mv "$ready" "\${ready%.ready}.done"
  done
}
halt() { printf 'FATAL: %s\\n' "$1"; exit 3; }

if [ "$mode" = return ]; then
  case $known in
    "$id-returning" | "$id-returned" | "$id-return") ;;
    *)
      if [ -d "$aside" ]; then
        step 'bringing back the directory kept aside'
        note "$id-returning"
      elif [ "$known" != "$id" ] && [ -f "$data/PG_VERSION" ]; then
        step 'the data was not touched'
        rm -rf "$waiting"
        note "$id-returning"
      fi
      ;;
  esac
  if [ "$(cat "$state" 2>/dev/null || true)" = "$id-returning" ]; then
    if [ -d "$aside" ]; then
      rm -rf "$data" "$waiting"
      mv "$aside" "$waiting"
    elif [ ! -d "$waiting" ]; then
      mv "$data" "$waiting"
    fi
    rm -f "$waiting/standby.signal" "$waiting/recovery.signal"
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
  if [ "$mode" = restore ] && [ ! -d "$aside" ] && [ -f "$data/PG_VERSION" ]; then
    if [ -n "$lsn" ]; then
      # To the end: all that was acknowledged must be in the archive before the directory is left.
      ended=$(pg_controldata "$data" | sed -n 's/^Database cluster state: *//p')
      [ "$ended" != 'in production' ] || halt 'the database was not shut down cleanly, so its last commits are not in the archive'
      archive_rest || halt 'the last WAL cannot be archived'
    else
      archive_rest || step 'what is not archived yet stays with the present data'
    fi
    # An older operation is over: what it kept aside is of no use any more.
    rm -rf "$data"_before "$data"_before_*
    need=$(du -sk "$data" | cut -f1)
    free=$(df -Pk /pgdata | awk 'NR == 2 {print $4}')
    if [ -z "$wal" ] && [ "$free" -gt $((need + need / 4)) ]; then
      step "keeping the present data aside: $need kB, $free kB free"
      mv "$data" "$aside"
    elif [ "$keep" = must ]; then
      halt "no room to keep the present data aside: $need kB, $free kB free"
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
# They have served, and would be told as a restart that is due; nothing worse, so no failure is one.
sed -i '/^recovery_target/d' "$data/postgresql.auto.conf" || step 'recovery targets stay in postgresql.auto.conf'
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
  /** The present data has no other copy than the directory kept aside. */
  mustKeep: boolean
  postgresVersion: number
  /** Of the repository that is read. */
  stanza: string
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
  request.mustKeep ? 'must' : 'may',
  String(request.postgresVersion),
  request.stanza,
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
