import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {at, list, text} from '../../src/lib/observe/fields.ts'
import {eventually, query} from './support/cluster.ts'
import {
  createFlags,
  createNamespace,
  deleteNamespace,
  json,
  kubectl,
  pgk,
  succeed,
} from './support/commands.ts'
import {azureServer, createContainer, s3Server, useObjectStore} from './support/object-store.ts'
import {
  azureCase,
  bucket,
  nodeAddress,
  passphrase,
  putKeys,
  restoredCluster,
  s3Case,
  secretName,
  storedCluster,
} from './support/stored-cluster.ts'

const digest = `select count(*) || ' ' || md5(string_agg(n || t, ',' order by n)) from animals`

describe.runIf(inject('sandbox') || process.env['PGK_E2E_STORES'] !== undefined)(
  'repositories in object stores',
  () => {
    const s3 = s3Case('stored', useObjectStore(9543, nodeAddress, s3Server(bucket)))
    const azure = azureCase('clouded', useObjectStore(9544, nodeAddress, azureServer))
    const rows = new Map<string, string>()
    let namespace = ''
    const place = (name: string) => ({name, namespace})
    const fromS3 = (path: string): string =>
      `s3://${bucket}/${path}?endpoint=${s3.store.address}:${s3.store.port}&region=us-east-1&uri-style=path&secret=${secretName(s3)}`
    const small = ['--replicas', '1', '--storage', '1Gi', '--user', 'keeper', '--database', 'ark']
    const recreate = (name: string, ...more: string[]) =>
      pgk(['create', 'cluster', name, '-n', namespace, ...createFlags(), ...small, ...more])
    const left = async (name: string): Promise<string> => {
      const selector = `postgres-operator.crunchydata.com/cluster=${name}`
      const kinds = 'postgresclusters,configmaps,secrets,pvc,statefulsets,services,jobs,pods'
      const found = await kubectl([
        'get',
        kinds,
        '-n',
        namespace,
        '-l',
        selector,
        '-o',
        'name',
        '--ignore-not-found',
      ])
      return found.stdout.replace(/^(job\.batch|pod)\/\S+-look-\S+\n/gm, '')
    }

    /** All that was committed is in the bucket: a purge comes without a warning. */
    const archived = async (name: string): Promise<void> => {
      const file = await query(place(name), 'select pg_walfile_name(pg_switch_wal())')
      const sql = `select coalesce(last_archived_wal, '') >= '${file}' from pg_stat_archiver`
      const done = async () => ((await query(place(name), sql)) === 't' ? true : undefined)
      await eventually(done, 60, () => `${file} is not archived`)
    }

    beforeAll(async () => {
      namespace = await createNamespace('stores')
      await createContainer(azure.store, bucket)
    })
    afterAll(() => deleteNamespace(namespace))

    it.each([s3, azure])(
      '$name: encrypted over verified TLS, from the first backup to the window',
      async one => {
        const {name} = one
        await putKeys(one, namespace)
        const manifest = storedCluster(one, place(name))
        await succeed(pgk(['apply', '-f', '-', '--yes'], {stdin: JSON.stringify(manifest)}))
        await query(
          place(name),
          String.raw`\c ark
          create table animals as select n, md5(n::text) as t from generate_series(1, 5000) n;
          alter table animals owner to keeper`,
        )
        const made = await json(pgk(['backup', name, '-n', namespace, '--type', 'diff', '-o', 'json']))
        expect(made).toMatchObject({type: 'diff', error: null})
        await query(
          place(name),
          String.raw`\c ark
        insert into animals select n, 'after the backup' from generate_series(5001, 6000) n`,
        )
        const found = await json(pgk(['backup', 'list', name, '-n', namespace, '-o', 'json']))
        expect(list(found, 'items').map(item => text(item, 'type'))).toEqual(['full', 'diff'])
        const window = await json(pgk(['backup', 'window', name, '-n', namespace, '-o', 'json']))
        expect(at(window, 'windows', 0)).toMatchObject({open: true, gaps: []})
        expect(await pgk(['backup', 'verify', name, '-n', namespace])).toMatchObject({code: 0})
        const look = await json(pgk(['backup', 'expire', name, '-n', namespace, '-o', 'json']))
        expect(look).toMatchObject({dryRun: true, repos: [{repo: 'repo1', backups: []}]})
        const {stdout} = await succeed(pgk(['status', name, '-n', namespace]))
        expect(stdout).not.toContain(passphrase)
        rows.set(
          name,
          await query(
            place(name),
            String.raw`\c ark
          ${digest}`,
          ),
        )
        await archived(name)
      },
    )

    it('a bucket that cannot be read is told by its cause, and nothing is made', async () => {
      const good = fromS3(s3.name)
      const elsewhere = good.replace(`/${s3.name}?`, '/nowhere?')
      const absent = good.replace(`//${bucket}/`, '//absent/')
      const deaf = good.replace(`:${s3.store.port}`, ':9')
      const wrongKey = s3.keys.replace('s3-key=S3RVER', 's3-key=NOBODY')
      const wrongSecret = s3.keys.replace('s3-key-secret=S3RVER', 's3-key-secret=guessed')
      const cases: [string, {keys?: string; pass?: string; ca?: string}, string, number, RegExp][] = [
        [
          'key',
          {keys: wrongKey},
          good,
          4,
          /refuses the keys[\s\S]*InvalidAccessKeyId[\s\S]*Secret stores-\w+\/stored-keys/,
        ],
        ['secret', {keys: wrongSecret}, good, 4, /refuses the keys[\s\S]*SignatureDoesNotMatch/],
        ['passphrase', {pass: 'another'}, good, 6, /cannot be decrypted[\s\S]*cipher-pass/],
        ['CA', {ca: azure.store.ca}, good, 6, /certificate of the repository is not trusted/],
        ['path', {}, elsewhere, 5, /holds no stanza db/],
        ['bucket', {}, absent, 5, /there is no bucket absent/],
        ['port', {}, deaf, 6, /object store cannot be reached/],
      ]
      for (const [what, keys, url, code, words] of cases) {
        await putKeys(s3, namespace, keys)
        const ran = await recreate('reborn', '--from-repo', url)
        expect.soft([what, ran.code, ran.stderr]).toEqual([what, code, expect.stringMatching(words)])
        expect(ran.stderr).toContain('Nothing was made')
        expect(ran.stdout + ran.stderr).not.toMatch(/another|guessed/)
        expect(await left('reborn')).toBe('')
      }
    })

    it('a purged cluster comes back from its bucket alone, with every row', async () => {
      await putKeys(s3, namespace)
      await succeed(pgk(['delete', 'cluster', s3.name, '-n', namespace, '--purge', '--confirm', s3.name]))
      expect(await left(s3.name)).toBe('')
      const plan = await json(recreate('reborn', '--from-repo', fromS3(s3.name), '--plan', '-o', 'json'))
      expect(plan).toMatchObject({
        kind: 'RestorePlan',
        from: `s3://${bucket}/${s3.name}`,
        reachable: true,
        set: expect.stringMatching(/^\d{8}-\d{6}F_\d{8}-\d{6}D$/),
      })
      expect(await left('reborn')).toBe('')
      await succeed(recreate('reborn', '--from-repo', fromS3(s3.name)))
      expect(
        await query(
          place('reborn'),
          String.raw`\c ark
        ${digest}`,
        ),
      ).toBe(rows.get(s3.name))
      await succeed(recreate('reborn', '--from-repo', fromS3(s3.name)))
      const found = await json(pgk(['backup', 'list', 'reborn', '-n', namespace, '-o', 'json']))
      expect(list(found, 'items').map(item => text(item, 'type'))).toEqual(['full'])
    })

    it('a manifest names the bucket, and a backup in it to go back to', async () => {
      const listed = await json(pgk(['backup', 'list', azure.name, '-n', namespace, '-o', 'json']))
      const label = text(list(listed, 'items').at(-1), 'label') ?? ''
      const backedUp = String.raw`\c ark
        ${digest} where n <= 5000`
      const before = await query(place(azure.name), backedUp)
      await succeed(
        pgk(['delete', 'cluster', azure.name, '-n', namespace, '--purge', '--confirm', azure.name]),
      )
      const options = [`--set=${label}`, '--type=immediate']
      const shared = restoredCluster(azure, {...place('rained'), from: 'rained'}, options)
      const refused = await pgk(['apply', '-f', '-'], {stdin: JSON.stringify(shared)})
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('would share an archive')])
      const manifest = restoredCluster(azure, {...place('rained'), from: azure.name}, options)
      await putKeys(azure, namespace, {keys: azure.keys.replace('key=Eby8', 'key=Abcd')})
      const denied = await pgk(['apply', '-f', '-'], {stdin: JSON.stringify(manifest)})
      expect([denied.code, denied.stderr]).toEqual([4, expect.stringContaining('refuses the keys')])
      expect(await left('rained')).toBe('')
      await putKeys(azure, namespace)
      await succeed(pgk(['apply', '-f', '-', '--yes'], {stdin: JSON.stringify(manifest)}))
      expect(await query(place('rained'), backedUp)).toBe(before)
      const all = String.raw`\c ark
        select count(*) from animals`
      expect(await query(place('rained'), all)).toBe('5000')
      const found = await json(pgk(['backup', 'list', 'rained', '-n', namespace, '-o', 'json']))
      expect(list(found, 'items').map(item => text(item, 'type'))).toEqual(['full'])
    })
  },
)
