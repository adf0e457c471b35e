import {inject} from 'vitest'
import {at, list, text} from '../../../src/lib/observe/fields.ts'
import {createFlags, json, kubectl, succeed} from './commands.ts'
import {azureKeys, type ObjectStore, s3Keys} from './object-store.ts'

/** A kind of object store, and what a cluster in it is called. */
export interface StoreCase {
  name: string
  store: ObjectStore
  repo(): object
  options(): Record<string, string>
  /** Lines of the store's keys. */
  keys: string
}

export const bucket = 'herd'
export const passphrase = 'a key only this test knows'

export const s3Case = (name: string, store: ObjectStore): StoreCase => ({
  name,
  store,
  repo: () => ({name: 'repo1', s3: {bucket, endpoint: store.address, region: 'us-east-1'}}),
  options: () => ({'repo1-s3-uri-style': 'path', 'repo1-storage-port': String(store.port)}),
  keys: `repo1-s3-key=${s3Keys.key}\nrepo1-s3-key-secret=${s3Keys.secret}\n`,
})

export const azureCase = (name: string, store: ObjectStore): StoreCase => ({
  name,
  store,
  repo: () => ({name: 'repo1', azure: {container: bucket}}),
  options: () => ({
    'repo1-azure-endpoint': store.address,
    'repo1-azure-uri-style': 'path',
    'repo1-storage-port': String(store.port),
  }),
  keys: `repo1-azure-account=${azureKeys.account}\nrepo1-azure-key=${azureKeys.key}\n`,
})

/** The address by which a node of the sandbox, which is this machine, is known to pods. */
export async function nodeAddress(): Promise<string> {
  const nodes = await json(kubectl(['get', 'nodes', '-o', 'json']))
  const addresses = list(at(nodes, 'items', 0), 'status', 'addresses')
  return (
    text(
      addresses.find(one => text(one, 'type') === 'InternalIP'),
      'address',
    ) ?? ''
  )
}

export const secretName = ({name}: StoreCase): string => `${name}-keys`

/** Makes or replaces the Secret of keys. All of an encrypted repository that is secret, and its CA, are in it. */
export async function putKeys(
  one: StoreCase,
  namespace: string,
  {keys = one.keys, pass = passphrase, ca = one.store.ca} = {},
): Promise<void> {
  const encryption = `repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=${pass}\n`
  const trust = 'repo1-storage-ca-file=/etc/pgbackrest/conf.d/store-ca.pem\n'
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {name: secretName(one), namespace},
    stringData: {'store.conf': `[global]\n${keys}${encryption}${trust}`, 'store-ca.pem': ca},
  }
  await succeed(kubectl(['apply', '-f', '-'], {stdin: JSON.stringify(secret)}))
}

const claim = {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}}

/** A cluster whose repository is at a path of the store. */
export const storedCluster = (
  one: StoreCase,
  {name, namespace}: {name: string; namespace: string},
): object => ({
  apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
  kind: 'PostgresCluster',
  metadata: {name, namespace},
  spec: {
    postgresVersion: 17,
    instances: [{name: 'pg', replicas: 1, dataVolumeClaimSpec: claim}],
    users: [{name: 'keeper', databases: ['ark']}],
    ...(createFlags().includes('--image') ? {image: inject('image')} : {}),
    backups: {
      pgbackrest: {
        global: {'repo1-path': `/${name}`, ...one.options()},
        configuration: [{secret: {name: secretName(one)}}],
        repos: [one.repo()],
      },
    },
  },
})

/** A cluster that begins with the data of a path of the store, as a manifest says it. */
export function restoredCluster(
  one: StoreCase,
  {from, ...place}: {name: string; namespace: string; from: string},
  options: readonly string[] = [],
): object {
  const cluster = storedCluster(one, place)
  const pgbackrest = {
    repo: one.repo(),
    global: {'repo1-path': `/${from}`, ...one.options()},
    configuration: [{secret: {name: secretName(one)}}],
    ...(options.length === 0 ? {} : {options}),
  }
  return {...cluster, spec: {...Object(at(cluster, 'spec')), dataSource: {pgbackrest}}}
}
