import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {stringify} from 'yaml'
import {PgkError} from '../../../src/lib/errors.ts'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import type {PostgresCluster} from '../../../src/lib/model/document.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import {applyDocument, describeChange} from '../../../src/lib/verbs/apply.ts'
import {differences} from '../../../src/lib/verbs/difference.ts'
import {LARGE, SMALL} from '../model/manifests.ts'

const large = parseDocument(LARGE, 'large')
const small = parseDocument(SMALL, 'small')

/** The large manifest with one text replaced. */
function edited(from: string, to: string): PostgresCluster {
  if (!LARGE.includes(from)) throw new Error(`${from} is not in the manifest`)
  return parseDocument(LARGE.replace(from, to), 'edited')
}
const change = (from: string, to: string) => applyDocument(edited(from, to), large)
const withSpec = (fields: Partial<PostgresCluster['spec']>): PostgresCluster => ({
  ...small,
  spec: {...small.spec, ...fields},
})

function refusalOf(wanted: PostgresCluster, existing: PostgresCluster): PgkError {
  try {
    applyDocument(wanted, existing)
  } catch (error) {
    if (error instanceof PgkError) return error
    throw error
  }
  throw new Error('the change was allowed')
}

describe('what makes no difference', () => {
  test.each([
    ['nothing', large, large],
    ['defaults written out', small, withDefaults(small)],
    [
      'another order of sets',
      large,
      {...large, spec: {...large.spec, instances: [...large.spec.instances].reverse()}},
    ],
    [
      'what the API server adds',
      small,
      {...small, metadata: {...small.metadata, uid: 'u', resourceVersion: '7'}},
    ],
  ])('%s', (_what, existing, wanted) => {
    expect(applyDocument(wanted, existing)).toMatchObject({kind: 'unchanged', fields: [], severity: 'none'})
  })

  test('the same size in another unit', () => {
    expect(change('storage: 400Gi', 'storage: 0.390625Ti').kind).toBe('unchanged')
  })

  test('an empty map in place of none', () => {
    expect(applyDocument(withSpec({config: {parameters: {}}}), small).kind).toBe('unchanged')
  })

  test('a parameter that merely looks like a size is another one', () => {
    const [from, to] = ['1GB', '1024MB'].map(value =>
      withSpec({config: {parameters: {shared_buffers: value}}}),
    )
    expect(from && to && differences(from, to)).toHaveLength(1)
  })

  test('a document written as YAML and read again is the same', () => {
    const replicas = fc.integer({min: 1, max: 9})
    const names = fc.stringMatching(/^x_[a-z]{1,9}$/)
    const parameters = fc.dictionary(names, fc.oneof(fc.string(), fc.integer()), {
      maxKeys: 5,
      noNullPrototype: true,
    })
    fc.assert(
      fc.property(replicas, parameters, (count, values) => {
        const [set] = small.spec.instances
        const document = withSpec({
          config: {parameters: values},
          ...(set && {instances: [{...set, replicas: count}]}),
        })
        const again = parseDocument(stringify(document), 'again')
        expect(again).toEqual(document)
        expect(differences(document, again)).toEqual([])
      }),
    )
  })
})

describe('a change is told with what it brings about', () => {
  test.each([
    [
      'replicas: 2',
      'replicas: 4',
      'spec.instances[fast].replicas: 2 → 4',
      'none',
      '2 instances will be added',
    ],
    [
      'replicas: 2',
      'replicas: 1',
      'spec.instances[fast].replicas: 2 → 1',
      'severe',
      '1 instance of the set fast will be removed',
    ],
    [
      'memory: 8Gi',
      'memory: 9Gi',
      'spec.instances[fast].resources.limits.memory: "8Gi" → "9Gi"',
      'moderate',
      'Every instance restarts',
    ],
    [
      'storage: 20Gi',
      'storage: 30Gi',
      'requests.storage: "20Gi" → "30Gi"',
      'moderate',
      'cannot shrink again',
    ],
    ['storage: 400Gi', 'storage: 500Gi', 'repos[repo1]', 'moderate', 'The volume of repo1 grows'],
    [
      'max_connections: 200',
      'max_connections: 300',
      'parameters.max_connections: 200 → 300',
      'moderate',
      'read at start only',
    ],
    [
      'log_min_duration_statement: 250',
      'log_min_duration_statement: 500',
      'config.parameters',
      'none',
      'without a restart',
    ],
    ['shutdown: false', 'shutdown: true', 'spec.shutdown: false → true', 'moderate', 'Every instance stops'],
    [
      '    - name: postgres\n',
      '',
      'spec.users[postgres]',
      'none',
      'pgk no longer looks after postgres; the role, its databases and its Secret stay.',
    ],
    ['type: ClusterIP', 'type: NodePort', 'spec.replicaService.type', 'moderate', 'reconnect'],
    ['port: 5433', 'port: 5434', 'spec.port: 5433 → 5434', 'moderate', 'Every instance restarts'],
  ])('%s becomes %s', (from, to, line, severity, sentence) => {
    const {kind, fields, consequences, severity: gravest} = change(from, to)
    expect(kind).toBe('update')
    expect(fields.map(describeChange).join('\n')).toContain(line)
    expect(gravest).toBe(severity)
    expect(consequences.map(({text}) => text).join('\n')).toContain(sentence)
  })

  test('the first parameter has the consequence of any other, and so has the last', () => {
    const some = withSpec({config: {parameters: {max_connections: 50}}})
    for (const [wanted, existing] of [
      [some, small],
      [small, some],
    ] as const) {
      expect(applyDocument(wanted, existing)).toMatchObject({
        fields: [{path: 'spec.config.parameters.max_connections'}],
        severity: 'moderate',
      })
    }
  })

  test('a removed set says how many instances go', () => {
    const [fast] = large.spec.instances
    const wanted = {...large, spec: {...large.spec, instances: fast === undefined ? [] : [fast]}}
    expect(applyDocument(wanted, large).consequences).toEqual([
      {severity: 'severe', text: '1 instance of the set slow will be removed; the volumes stay.'},
    ])
  })

  test('one sentence for one consequence, however many fields', () => {
    const wanted = parseDocument(
      LARGE.replace('memory: 8Gi', 'memory: 9Gi').replace('cpu: 500m', 'cpu: 600m'),
      'x',
    )
    expect(applyDocument(wanted, large)).toMatchObject({fields: {length: 2}, consequences: {length: 1}})
  })

  test('the status is kept, as no author writes it', () => {
    const status = {usersRevision: 'a'}
    expect(applyDocument(withSpec({shutdown: true}), {...small, status}).document.status).toEqual(status)
  })

  test('a new cluster is a creation', () => {
    expect(applyDocument(small, undefined)).toMatchObject({kind: 'create', severity: 'none', document: small})
  })
})

describe('what no running cluster can take is refused before anything is touched', () => {
  test.each([
    ['postgresVersion: 16', 'postgresVersion: 15', 'spec.postgresVersion cannot go back'],
    ['postgresVersion: 16', 'postgresVersion: 17', 'spec.postgresVersion cannot change from 16 to 17'],
    [
      'storage: 20Gi',
      'storage: 10Gi',
      'walVolumeClaimSpec.resources.requests.storage cannot shrink from 20Gi to 10Gi',
    ],
    ['storage: 400Gi', 'storage: 399Gi', 'cannot shrink'],
    ['storageClassName: nvme', 'storageClassName: ssd', 'dataVolumeClaimSpec.storageClassName cannot change'],
    ['bucket: orders-backups', 'bucket: others', 'repos[repo2].s3.bucket cannot change'],
  ])('%s becomes %s', (from, to, message) => {
    const error = refusalOf(edited(from, to), large)
    expect(error.message).toContain(message)
    expect([error.code, error.exitCode]).toEqual(['PGK_CHANGE_REFUSED', 6])
    expect(error.hints).not.toEqual([])
  })

  test('taking all backups away', () => {
    const {backups: _gone, ...spec} = large.spec
    expect(refusalOf({...large, spec}, large).message).toContain('spec.backups cannot be removed')
  })

  test('every refusal is listed', () => {
    const wanted = parseDocument(
      LARGE.replace('postgresVersion: 16', 'postgresVersion: 17').replace('storage: 20Gi', 'storage: 1Gi'),
      'x',
    )
    const error = refusalOf(wanted, large)
    expect(error.message).toBe('2 changes cannot be made to the running cluster orders')
    expect(error.reason?.split('\n')).toHaveLength(2)
  })
})

describe('consequencesOf parameters', () => {
  const setting = (name: string, value: string | number) =>
    applyDocument(withSpec({config: {parameters: {...small.spec.config?.parameters, [name]: value}}}), small)
      .consequences

  test.each([
    'max_pred_locks_per_transaction',
    'max_files_per_process',
    'max_logical_replication_workers',
    'Shared_Memory_Type',
    'io_method',
  ])('never says that %s, which Postgres reads only at start, needs no restart', name => {
    const [{severity, text} = {severity: 'none', text: ''}] = setting(name, '7')
    expect(severity).toBe('moderate')
    expect(text).toMatch(/every instance restarts/)
  })

  test('promises nothing for an extension’s parameter, and wants a yes', () => {
    const [consequence] = setting('pg_stat_statements.max', 10000)
    expect(consequence?.severity).toBe('moderate')
    expect(consequence?.text).toMatch(/^pg_stat_statements\.max is set; where its extension/)
    expect(setting('work_mem', '8MB')).toMatchObject([{severity: 'none'}])
  })
})
