import {spoolDirectory} from '../pgbackrest/layout.ts'
import {dataDirectory, socketDirectory, walDirectory} from './layout.ts'

/** Where Debian and Red Hat keep the programs of a Postgres major that are not on everyone's PATH. */
const findPrograms = 'PATH="$PATH:/usr/lib/postgresql/$1/bin:/usr/pgsql-$1/bin"'

/** Arguments: Postgres major, data directory, WAL directory or nothing. */
const prepareScript = `
umask 0027
version=$1 data=$2 wal=$3
export ${findPrograms}
# 78 (EX_CONFIG) says that starting again mends nothing.
halt() { printf '%s\\n' "$1" >&2; exit 78; }

[ -w /pgdata ] || halt "the data volume is not writable for $(id)"
for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do PATH="$PATH:$folder"; done
command -v postgres >/dev/null || halt "the image has no postgres"
found=$(postgres --version | sed 's/^[^0-9]*\\([0-9]*\\).*/\\1/')
[ "$found" = "$version" ] || halt "the image holds PostgreSQL $found, the cluster is PostgreSQL $version"
for program in patroni pgbackrest; do
  command -v "$program" >/dev/null || halt "the image has no $program"
done
if [ ! -e /etc/pgbackrest/pgbackrest.conf ] && grep -qs '^[^#]' /etc/pgbackrest.conf; then
  halt "the image's own /etc/pgbackrest.conf would mix with the cluster's configuration"
fi

# A restored directory waits here until Patroni takes it over.
here=$data
[ ! -d "\${data}_bootstrap" ] || here=\${data}_bootstrap
if [ -f "$here/PG_VERSION" ]; then
  found=$(cat "$here/PG_VERSION")
  [ "$found" = "$version" ] || halt "$here is PostgreSQL $found, the cluster is PostgreSQL $version"
fi

mkdir -p /pgdata/pgbackrest/log ${spoolDirectory}
# Segments that were fetched ahead may belong to another timeline now.
rm -rf ${spoolDirectory}/archive/*/in
mkdir -p ${socketDirectory}
chmod 0775 ${socketDirectory}

link=$here/pg_wal
if [ -n "$wal" ]; then
  [ -w /pgwal ] || halt "the WAL volume is not writable for $(id)"
  if [ -d "$link" ] && [ ! -L "$link" ]; then
    # The WAL volume came later. Each step can be cut off and done again.
    rm -rf "$wal" "$wal.partial"
    cp -a "$link" "$wal.partial"
    sync
    mv -T "$wal.partial" "$wal"
    mv -T "$link" "$link.moved"
  fi
  if [ -f "$here/PG_VERSION" ]; then
    [ -d "$wal" ] || halt "the WAL volume has no $wal"
    ln -sfn "$wal" "$link"
    rm -rf "$link.moved"
  fi
elif [ -L "$link" ] && [ ! -d "$link/" ]; then
  halt "the WAL is on a volume of its own, which the cluster no longer names"
fi
`.trimStart()

const runScript = `
export ${findPrograms}
exec patroni /etc/patroni
`.trimStart()

const makeDirectoriesScript = 'mkdir -p "$@"\n'

const bash = (script: string, ...args: readonly string[]): string[] => ['bash', '-ceu', script, '--', ...args]

/** Checks that image, data and volumes fit the document, and prepares what Postgres expects to find. */
export const prepareCommand = (postgresVersion: number, walVolume: boolean): string[] =>
  bash(
    prepareScript,
    String(postgresVersion),
    dataDirectory(postgresVersion),
    walVolume ? walDirectory(postgresVersion) : '',
  )

/** Becomes Patroni, with the programs of that Postgres on its PATH. */
export const patroniCommand = (postgresVersion: number): string[] => bash(runScript, String(postgresVersion))

export const makeDirectoriesCommand = (directories: readonly string[]): string[] =>
  bash(makeDirectoriesScript, ...directories)
