import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {at, list, text} from '../../src/lib/observe/fields.ts'
import {
  createFlags,
  createNamespace,
  deleteNamespace,
  json,
  kubectl,
  pgk,
  succeed,
} from './support/commands.ts'
import {
  azureKeys,
  azureServer,
  createContainer,
  type ObjectStore,
  s3Keys,
  s3Server,
  useObjectStore,
} from './support/object-store.ts'

/** The address by which a node of the sandbox, which is this machine, is known to pods. */
async function nodeAddress(): Promise<string> {
  const nodes = await json(kubectl(['get', 'nodes', '-o', 'json']))
  const addresses = list(at(nodes, 'items', 0), 'status', 'addresses')
  return (
    text(
      addresses.find(one => text(one, 'type') === 'InternalIP'),
      'address',
    ) ?? ''
  )
}

interface Case {
  name: string
  store: ObjectStore
  repo(store: ObjectStore): object
  options(store: ObjectStore): Record<string, string>
  secret: string
}

const instances = [
  {
    name: 'pg',
    replicas: 1,
    dataVolumeClaimSpec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}},
  },
]

describe.runIf(inject('sandbox') || process.env['PGK_E2E_STORES'] !== undefined)(
  'repositories in object stores',
  () => {
    const s3 = useObjectStore(9543, nodeAddress, s3Server('herd'))
    const azure = useObjectStore(9544, nodeAddress, azureServer)
    let namespace = ''
    beforeAll(async () => {
      namespace = await createNamespace('stores')
      await createContainer(azure, 'herd')
    })
    afterAll(() => deleteNamespace(namespace))

    const cases: Case[] = [
      {
        name: 'stored',
        store: s3,
        repo: ({address}) => ({name: 'repo1', s3: {bucket: 'herd', endpoint: address, region: 'us-east-1'}}),
        options: ({port}) => ({'repo1-s3-uri-style': 'path', 'repo1-storage-port': String(port)}),
        secret: `repo1-s3-key=${s3Keys.key}\nrepo1-s3-key-secret=${s3Keys.secret}\n`,
      },
      {
        name: 'clouded',
        store: azure,
        repo: () => ({name: 'repo1', azure: {container: 'herd'}}),
        options: ({address, port}) => ({
          'repo1-azure-endpoint': address,
          'repo1-azure-uri-style': 'path',
          'repo1-storage-port': String(port),
        }),
        secret: `repo1-azure-account=${azureKeys.account}\nrepo1-azure-key=${azureKeys.key}\n`,
      },
    ]

    it.each(cases)('$name: encrypted over verified TLS, from the first backup to the window', async one => {
      const {name, store} = one
      const keys = `[global]\n${one.secret}repo1-cipher-pass=a key only this test knows\n`
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {name: `${name}-keys`, namespace},
        stringData: {'store.conf': keys, 'ca.pem': store.ca},
      }
      await succeed(kubectl(['apply', '-f', '-'], {stdin: JSON.stringify(secret)}))
      const manifest = {
        apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
        kind: 'PostgresCluster',
        metadata: {name, namespace},
        spec: {
          postgresVersion: 17,
          instances,
          ...(createFlags().includes('--image') ? {image: inject('image')} : {}),
          backups: {
            pgbackrest: {
              global: {
                'repo1-path': `/${name}`,
                'repo1-cipher-type': 'aes-256-cbc',
                'repo1-storage-ca-file': '/etc/pgbackrest/conf.d/store-ca.pem',
                ...one.options(store),
              },
              configuration: [
                {
                  secret: {
                    name: `${name}-keys`,
                    items: [
                      {key: 'store.conf', path: 'store.conf'},
                      {key: 'ca.pem', path: 'store-ca.pem'},
                    ],
                  },
                },
              ],
              repos: [one.repo(store)],
            },
          },
        },
      }
      await succeed(pgk(['apply', '-f', '-', '--yes'], {stdin: JSON.stringify(manifest)}))
      const made = await json(pgk(['backup', name, '-n', namespace, '--type', 'diff', '-o', 'json']))
      expect(made).toMatchObject({type: 'diff', error: null})
      const found = await json(pgk(['backup', 'list', name, '-n', namespace, '-o', 'json']))
      expect(list(found, 'items').map(item => text(item, 'type'))).toEqual(['full', 'diff'])
      const window = await json(pgk(['backup', 'window', name, '-n', namespace, '-o', 'json']))
      expect(at(window, 'windows', 0)).toMatchObject({open: true, gaps: []})
      expect(await pgk(['backup', 'verify', name, '-n', namespace])).toMatchObject({code: 0})
      const look = await json(pgk(['backup', 'expire', name, '-n', namespace, '-o', 'json']))
      expect(look).toMatchObject({dryRun: true, repos: [{repo: 'repo1', backups: []}]})
      const {stdout} = await succeed(pgk(['status', name, '-n', namespace]))
      expect(stdout).not.toContain('a key only this test knows')
    })
  },
)
