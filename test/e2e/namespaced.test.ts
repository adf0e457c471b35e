import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {parse} from 'yaml'
import {at, list, text} from '../../src/lib/observe/fields.ts'
import {type Access, accessOf, allow, kubeconfigs, type Rule} from './support/account.ts'
import {status} from './support/cluster.ts'
import {createNamespace, deleteNamespace, json, kubectl, pgk, succeed} from './support/commands.ts'
import {manifest, remains, volumeRepo} from './support/manifest.ts'

const crd = 'postgresclusters.postgres-operator.crunchydata.com'
const withBackups = (replicas: number): string =>
  manifest({
    set: {replicas},
    spec: {
      users: [{name: 'hippo', databases: ['hippo']}],
      backups: {pgbackrest: {repos: [{...volumeRepo('repo1'), schedules: {full: '0 1 * * 0'}}]}},
    },
  })

/** The rules of the Role that a refusal printed. */
function printedRules(stderr: string): Rule[] {
  const lines = stderr.split('\n').map(line => line.replace(/^ {10}/, ''))
  const role = parse(lines.slice(lines.indexOf('rules:')).join('\n'))
  return role.rules
}

describe('with rights in one namespace and no custom resource', () => {
  const files = kubeconfigs()
  let namespace = ''
  let kubeconfig = ''
  let access: Access = {server: '', ca: '', token: '', namespace: ''}
  beforeAll(async () => {
    expect((await kubectl(['get', 'crd', crd])).code).not.toBe(0)
    namespace = await createNamespace('one')
    await allow(namespace, 'team', [])
    access = await accessOf(namespace, 'team')
    kubeconfig = files.write(access)
  })
  afterAll(async () => {
    files.remove()
    await deleteNamespace(namespace)
  })
  const asTeam = (args: readonly string[], stdin = '') => pgk(args, {stdin, env: {KUBECONFIG: kubeconfig}})

  it('the Role that a refusal prints is all it takes to create a cluster', async () => {
    const refused = await asTeam(['apply', '-f', '-'], withBackups(1))
    expect(refused.code).toBe(4)
    await allow(namespace, 'team', printedRules(refused.stderr))
    const made = await succeed(asTeam(['apply', '-f', '-'], withBackups(1)))
    expect(made.stdout).toMatch(/hippo-pg-1 +leader/)
  })

  it('the document lives in a ConfigMap', async () => {
    const found = await json(kubectl(['get', 'configmap', 'hippo-pgk', '-n', namespace, '-o', 'json']))
    const document: unknown = JSON.parse(text(found, 'data', 'postgrescluster.json') ?? '{}')
    expect(text(document, 'kind')).toBe('PostgresCluster')
  })

  it('everything else works as well', async () => {
    const found = await json(asTeam(['status', 'hippo', '-o', 'json']))
    expect(text(found, 'verdict', 'level')).toBe('ok')
    const listed = await json(asTeam(['list', '-o', 'json']))
    expect(list(listed, 'items').map(item => text(item, 'metadata', 'name'))).toEqual(['hippo'])
    const answer = await succeed(asTeam(['psql', 'hippo', '--', '-XAtqc', 'select 6 * 7']))
    expect(answer.stdout.trim()).toBe('42')
    expect((await succeed(asTeam(['uri', 'hippo']))).stdout).toMatch(/^postgres/)
    const exported = await succeed(asTeam(['export', 'hippo']))
    expect((await asTeam(['diff', '-f', '-'], exported.stdout)).code).toBe(0)
  })

  it('a change and its way back too', async () => {
    const more = await succeed(asTeam(['apply', '-f', '-', '--yes'], withBackups(2)))
    expect(more.stdout).toMatch(/hippo-pg-2 +replica +streaming/)
    await succeed(asTeam(['apply', '-f', '-', '--confirm', 'hippo'], withBackups(1)))
  })

  it('deleting keeps the volumes; purging them takes a right that is named', async () => {
    await succeed(asTeam(['delete', 'cluster', 'hippo', '--confirm', 'hippo']))
    const purge = ['delete', 'cluster', 'hippo', '--purge', '--confirm', 'hippo']
    const refused = await asTeam(purge)
    expect(refused.code).toBe(4)
    expect(refused.stderr).toMatch(/you may not delete persistentvolumeclaims in namespace one-/)
    await succeed(pgk([...purge, '-n', namespace]))
    expect(await remains(namespace)).toEqual([])
  })
})

describe('with the custom resource', () => {
  const cluster = {namespace: '', name: 'hippo'}
  beforeAll(async () => {
    cluster.namespace = await createNamespace('custom')
  })
  afterAll(async () => {
    await pgk(['delete', 'cluster', 'hippo', ...here(), '--purge', '--confirm', 'hippo'])
    await deleteNamespace(cluster.namespace)
    await pgk(['uninstall', '--confirm', crd])
  })
  const here = (): string[] => ['-n', cluster.namespace]

  it('is installed once, and again without harm', async () => {
    expect((await succeed(pgk(['install']))).stdout).toContain(crd)
    await succeed(pgk(['install']))
    await succeed(kubectl(['wait', '--for=condition=Established', `crd/${crd}`, '--timeout=30s']))
  })

  it('a cluster is an object that kubectl shows, with its status', async () => {
    await succeed(pgk(['create', 'cluster', '-f', '-', ...here()], {stdin: manifest()}))
    const found = await json(kubectl(['get', 'postgrescluster', 'hippo', ...here(), '-o', 'json']))
    expect(text(found, 'spec', 'instances', 0, 'name')).toBe('pg')
    expect(at(found, 'status')).toBeDefined()
    expect((await kubectl(['get', 'configmap', 'hippo-pgk', ...here()])).code).not.toBe(0)
    expect(text(await status(cluster), 'verdict', 'level')).not.toBe('unknown')
  })

  it('kubectl is told by the API what cannot be', async () => {
    const wrong = await kubectl(['apply', ...here(), '-f', '-'], {
      stdin: manifest({name: 'rhino', spec: {config: {parameters: {wal_level: 'replica'}}}}),
    })
    expect(wrong.code).not.toBe(0)
    expect(wrong.stderr).toMatch(/wal_level/)
  })

  it('is not uninstalled while clusters live in it', async () => {
    const refused = await pgk(['uninstall', '--confirm', crd])
    expect(refused.code).toBe(6)
    expect(refused.stderr).toMatch(/PGK_CLUSTERS_LEFT/)
    expect(refused.stderr).toContain(`${cluster.namespace}/hippo`)
    expect((await kubectl(['get', 'crd', crd])).code).toBe(0)
  })

  it('goes when asked, once no cluster is left, and never unasked', async () => {
    await succeed(pgk(['delete', 'cluster', 'hippo', ...here(), '--purge', '--confirm', 'hippo']))
    expect(await remains(cluster.namespace)).toEqual([])
    expect((await pgk(['uninstall'])).code).toBe(3)
    await succeed(pgk(['uninstall', '--confirm', crd]))
    expect((await kubectl(['get', 'crd', crd])).code).not.toBe(0)
  })
})
