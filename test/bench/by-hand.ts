import {at, text} from '../../src/lib/observe/fields.ts'
import type {BenchCluster} from './cluster.ts'

const prefix = 'postgres-operator.crunchydata.com'

/** What a person would type into the pod: restore, recover to the moment, promote, leave it for Patroni. */
const script = `
export PATH="$PATH:/usr/lib/postgresql/17/bin:/usr/pgsql-17/bin"
data=/pgdata/pg17
rm -rf "$data"_bootstrap "$data/postmaster.pid" /pgdata/pgbackrest-spool/archive
mkdir -p /tmp/pgbackrest /pgdata/pgbackrest-spool
pgbackrest restore --process-max="$(nproc)" --stanza=db --delta --type=time --target="$0" --target-action=promote
rm -f "$data/patroni.dynamic.json"
cd /tmp
echo 'local all all peer' > hba.conf
cat > recovery.conf <<END
data_directory = '$data'
hba_file = '/tmp/hba.conf'
listen_addresses = ''
unix_socket_directories = '/tmp'
archive_mode = on
archive_command = ''
hot_standby = on
logging_collector = off
shared_preload_libraries = ''
END
pg_ctl start -D "$data" --silent --wait --options=--config-file=/tmp/recovery.conf
until [ "$(psql -h /tmp -d postgres -XAtqc 'select pg_is_in_recovery()')" = f ]; do sleep 0.1; done
pg_ctl stop -D "$data" --silent --wait --mode=fast
mv "$data" "$data"_bootstrap
`

const mounts = {
  data: '/pgdata',
  tmp: '/tmp',
  shm: '/dev/shm',
  conf: '/etc/pgbackrest/conf.d',
  server: '/etc/pgbackrest/server',
}

const volumesOf = (cluster: string, instance: string): object[] => [
  {name: 'data', persistentVolumeClaim: {claimName: `${instance}-pgdata`}},
  {name: 'tmp', emptyDir: {}},
  {name: 'shm', emptyDir: {medium: 'Memory'}},
  {
    name: 'conf',
    configMap: {
      name: `${cluster}-pgbackrest-config`,
      items: [{key: 'pgbackrest_instance.conf', path: 'pgbackrest_instance.conf'}],
    },
  },
  {
    name: 'server',
    secret: {
      secretName: `${cluster}-pgbackrest`,
      defaultMode: 0o640,
      items: [
        {key: 'pgbackrest.ca-roots', path: 'ca-roots'},
        {key: 'pgbackrest-client.crt', path: 'client.crt'},
        {key: 'pgbackrest-client.key', path: 'client.key'},
      ],
    },
  },
]

function job({kubectl, name}: BenchCluster, instance: string, target: string): object {
  const set: unknown = JSON.parse(kubectl(['get', 'statefulset', instance, '-o', 'json']))
  const spec = at(set, 'spec', 'template', 'spec')
  const container = {
    name: 'restore',
    image: text(spec, 'containers', 0, 'image'),
    command: ['bash', '-ceu', script, target],
    securityContext: at(spec, 'containers', 0, 'securityContext'),
    volumeMounts: Object.entries(mounts).map(([volume, mountPath]) => ({name: volume, mountPath})),
  }
  const template = {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    securityContext: at(spec, 'securityContext'),
    containers: [container],
    volumes: volumesOf(name, instance),
  }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {name: 'by-hand'},
    spec: {backoffLimit: 0, template: {spec: template}},
  }
}

/** Patroni takes the restored directory over where its ConfigMap says so. */
function bootstrapBy({kubectl}: BenchCluster, instance: string, method: 'existing' | 'initdb'): void {
  const map = `${instance}-config`
  const config = kubectl(['get', 'configmap', map, '-o', 'jsonpath={.data.patroni\\.yaml}'])
  const data = {'patroni.yaml': config.replace(/method: "\w+"/, `method: "${method}"`)}
  kubectl(['patch', 'configmap', map, '--type=merge', '-p', JSON.stringify({data})])
}

/**
 * Restores in place without pgk, step by step as one does with Patroni and pgBackRest at hand: archive, stop,
 * forget Patroni's state, restore and promote, start, let the others rejoin. Ends when they are started.
 */
export function restoreByHand(cluster: BenchCluster, instances: readonly string[], target: string): void {
  const {kubectl, name} = cluster
  const leader = ['get', 'endpoints', `${name}-ha`, '--ignore-not-found']
  const who = (): string => kubectl([...leader, '-o', 'jsonpath={.metadata.annotations.leader}'])
  const startup = who().replace(/-0$/, '')
  const psql = ['exec', `${startup}-0`, '-c', 'database', '--', 'psql', '-XAtqc']
  const sql = (statement: string): string => kubectl([...psql, statement]).trim()
  const selector = `${prefix}/cluster=${name},${prefix}/data=postgres`
  sql('select pg_switch_wal()')
  while (sql(`select count(*) from pg_ls_archive_statusdir() where name like '%.ready'`) !== '0');
  kubectl(['scale', 'statefulset', ...instances, '--replicas=0'])
  kubectl(['wait', '--for=delete', 'pod', '-l', selector, '--timeout=60s'])
  const endpoints = ['ha', 'ha-config', 'ha-failover', 'ha-sync'].map(part => `${name}-${part}`)
  kubectl(['delete', 'endpoints', ...endpoints, '--ignore-not-found'])
  kubectl(['apply', '-f', '-'], JSON.stringify(job(cluster, startup, target)))
  kubectl(['wait', '--for=condition=Complete', 'job/by-hand', '--timeout=120s'])
  kubectl(['delete', 'job', 'by-hand', '--wait=false'])
  bootstrapBy(cluster, startup, 'existing')
  kubectl(['scale', 'statefulset', startup, '--replicas=1'])
  while (who() !== `${startup}-0`);
  bootstrapBy(cluster, startup, 'initdb')
  kubectl(['scale', 'statefulset', ...instances.filter(one => one !== startup), '--replicas=1'])
}
