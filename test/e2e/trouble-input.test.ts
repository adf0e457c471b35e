import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {createFlags, createNamespace, deleteNamespace, type Outcome, pgk} from './support/commands.ts'
import {manifest, remains, volumeRepo} from './support/manifest.ts'

/** What a person must read: the sentence with its code, and what follows it. */
function expectComplaint(outcome: Outcome, code: string, exitCode: number, words: readonly RegExp[]): void {
  expect(outcome.stderr).toMatch(new RegExp(`^Error: .*\\(PGK_${code}\\)$`, 'm'))
  for (const word of words) expect(outcome.stderr).toMatch(word)
  expect(outcome.stderr).not.toMatch(/\bat .*\.[jt]s:\d+/)
  expect(outcome.stdout).toBe('')
  expect(outcome.code).toBe(exitCode)
}

describe('input that cannot be', () => {
  let namespace = ''
  beforeAll(async () => {
    namespace = await createNamespace('input')
  })
  afterAll(() => deleteNamespace(namespace))

  const create = (...args: string[]) => pgk(['create', 'cluster', ...args, '-n', namespace, ...createFlags()])
  const createFrom = (text: string) => pgk(['create', 'cluster', '-f', '-', '-n', namespace], {stdin: text})

  it.each<[claim: string, args: string[], code: string, words: RegExp[]]>([
    [
      'a name in capitals, with one that would do',
      ['Hippo'],
      'FLAG_INVALID',
      [/lower-case/, /Object: .*Hippo/, /Next: .*pgk create cluster hippo$/m],
    ],
    ['a name with an underscore', ['hippo_1'], 'FLAG_INVALID', [/"hippo_1"/, /create cluster hippo-1$/m]],
    [
      'a name that makes object names too long, with how long it may be',
      ['a'.repeat(45)],
      'FLAG_INVALID',
      [/too long/, /at most 46/],
    ],
    ['no instance', ['hippo', '--replicas', '0'], 'FLAG_INVALID', [/--replicas must be at least 1, not 0/]],
    ['a number that is none', ['hippo', '--replicas', 'many'], 'USAGE', [/--replicas: .*integer.*many/]],
    [
      'a quantity that is none',
      ['hippo', '--storage', '10Gb'],
      'FLAG_INVALID',
      [/--storage is no quantity: "10Gb"/, /Next: .*20Gi/],
    ],
    [
      'a Postgres that is too old, with those that are possible',
      ['hippo', '--postgres-version', '9'],
      'FLAG_INVALID',
      [/--postgres-version must be at least 11, not 9/, /Next: .*17/],
    ],
    [
      'a parameter that pgk keeps for itself',
      ['hippo', '--parameter', 'wal_level=minimal'],
      'FLAG_INVALID',
      [/wal_level must be logical/, /Next: /],
    ],
    ['a flag that is misspelt', ['hippo', '--replica', '3'], 'USAGE', [/Did you mean --replicas\?/]],
    ['no name where nobody can be asked', [], 'NAME_MISSING', [/Next: .*pgk create cluster hippo/]],
  ])('%s', async (_, args, code, words) => {
    expectComplaint(await create(...args), code, 2, words)
  })

  it('a Postgres without a known image names the versions that have one', async () => {
    const outcome = await pgk(['create', 'cluster', 'hippo', '-n', namespace, '--postgres-version', '14'])
    expectComplaint(outcome, 'IMAGE_UNKNOWN', 2, [/Postgres 14/, /--image/, /known for Postgres .*17/])
  })

  it.each<[claim: string, text: () => string, code: string, words: RegExp[]]>([
    [
      'two repositories of one name',
      () => manifest({spec: {backups: {pgbackrest: {repos: [volumeRepo('repo1'), volumeRepo('repo1')]}}}}),
      'MANIFEST_INVALID',
      [/repos\[1\]\.name is "repo1" again/, /Next: /],
    ],
    [
      'a misspelt field, with the nearest right one and no second complaint about it',
      () => manifest().replace('accessModes', 'acessModes'),
      'MANIFEST_INVALID',
      [/spec\.instances\[0\]\.dataVolumeClaimSpec\.acessModes is no field/, /Did you mean accessModes\?/],
    ],
    [
      'a field that is not built yet, by its name',
      () => manifest({spec: {proxy: {pgBouncer: {replicas: 1}}}}),
      'FIELD_NOT_SUPPORTED',
      [/spec\.proxy is not supported yet/, /Next: .*Remove it/],
    ],
    [
      'a forbidden parameter, with the reason',
      () => manifest({spec: {config: {parameters: {wal_level: 'replica', hba_file: '/x'}}}}),
      'MANIFEST_INVALID',
      [/parameters\.wal_level must be logical/, /parameters\.hba_file cannot be set: use spec\.auth/],
    ],
    [
      'an object of another kind',
      () => JSON.stringify({apiVersion: 'apps/v1', kind: 'Deployment', metadata: {name: 'web'}, spec: {}}),
      'MANIFEST_KIND',
      [/Deployment web/, /Next: .*PostgresCluster/],
    ],
    ['no YAML, with the place', () => 'a: [1\nb: 2\n', 'MANIFEST_SYNTAX', [/Object: -:2:1/, /Reason: /]],
  ])('%s', async (_, text, code, words) => {
    expectComplaint(await createFrom(text()), code, 2, words)
    expectComplaint(await pgk(['apply', '-f', '-', '-n', namespace], {stdin: text()}), code, 2, words)
  })

  it('a manifest that is not there', async () => {
    const outcome = await pgk(['apply', '-f', 'no-such-file.yaml', '-n', namespace])
    expectComplaint(outcome, 'FILE_UNREADABLE', 2, [/Object: no-such-file\.yaml/, /no such file/])
  })

  it('a command that is misspelt', async () => {
    const outcome = await pgk(['create', 'clustr', 'hippo'])
    expectComplaint(outcome, 'COMMAND_UNKNOWN', 2, [/Did you mean: pgk create cluster/])
  })

  it('a storage class that is not there, with those that are', async () => {
    const outcome = await pgk(['create', 'cluster', 'hippo', '-n', namespace, '--storage-class', 'nope'])
    expectComplaint(outcome, 'STORAGE_CLASS_NOT_FOUND', 5, [/Object: .*nope/, /Next: .*There are: \w+/])
  })

  it('a namespace that is not there, with the command that makes it', async () => {
    const outcome = await pgk(['create', 'cluster', 'hippo', '-n', 'no-such-namespace'])
    expectComplaint(outcome, 'NAMESPACE_NOT_FOUND', 5, [/kubectl create namespace no-such-namespace/])
  })

  it('a hundred instances that must not share a node', async () => {
    const apart = {
      topologyKey: 'kubernetes.io/hostname',
      labelSelector: {matchLabels: {'postgres-operator.crunchydata.com/cluster': 'hippo'}},
    }
    const affinity = {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [apart]}}
    const outcome = await createFrom(manifest({set: {replicas: 100, affinity}}))
    expectComplaint(outcome, 'UNSCHEDULABLE', 6, [
      /100 instances cannot be placed/,
      /spec\.instances\[0\]\.replicas/,
      /kubernetes\.io\/hostname/,
      /Next: .*fewer/,
    ])
  })

  it('is told to a script as one JSON object on stderr', async () => {
    const outcome = await create('hippo', '--storage', '10Gb', '-o', 'json')
    expect(outcome.code).toBe(2)
    expect(outcome.stdout).toBe('')
    expect(JSON.parse(outcome.stderr)).toEqual({
      apiVersion: 'pgk/v1',
      kind: 'Error',
      code: 'PGK_FLAG_INVALID',
      message: '--storage is no quantity: "10Gb"',
      object: 'flag --storage',
      reason: null,
      hints: ['A quantity is a number with a unit, such as 20Gi or 500m.'],
      exitCode: 2,
    })
  })

  it('left nothing behind', async () => {
    expect(await remains(namespace)).toEqual([])
  })
})
