import {webcrypto} from 'node:crypto'
import {beforeAll, describe, expect, it} from 'vitest'
import {type Desired, decide} from '../../../src/lib/decide/decide.ts'
import {planUsers} from '../../../src/lib/decide/users.ts'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import {noAnswers} from '../../../src/lib/observe/answers.ts'
import type {Observed} from '../../../src/lib/observe/snapshot.ts'
import {dynamicConfiguration} from '../../../src/lib/patroni/dynamic.ts'
import {parseInfo} from '../../../src/lib/pgbackrest/info.ts'
import {issuePki} from '../../../src/lib/pki/issue.ts'
import {planPki} from '../../../src/lib/pki/plan.ts'
import type {KubeObject} from '../../../src/lib/ports.ts'
import {outdatedUserSecrets} from '../../../src/lib/postgres/user-secrets.ts'
import {at, instance, leaderState, observed} from '../../fakes/observed.ts'

const claim = {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}}
const document = withDefaults(
  parseDocument(
    {
      apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
      kind: 'PostgresCluster',
      metadata: {name: 'hippo', namespace: 'db'},
      spec: {
        postgresVersion: 17,
        instances: [{name: 'pg', replicas: 3, dataVolumeClaimSpec: claim}],
        backups: {pgbackrest: {repos: [{name: 'repo1', volume: {volumeClaimSpec: claim}}]}},
      },
    },
    'test',
  ),
)
const names = [1, 2, 3].map(number => ({name: `hippo-pg-${number}`, set: 'pg'}))
const info = parseInfo(
  `[{"name":"db","status":{"code":0,"message":"ok"},"repo":[{"key":1,"cipher":"none","status":{"code":0,"message":"ok"}}],
  "db":[{"id":1,"repo-key":1,"system-id":7710884053495799853,"version":"17"}],"archive":[],
  "backup":[{"label":"20260101-110000F","type":"full","error":false,"database":{"id":1,"repo-key":1},
  "timestamp":{"start":1767265200,"stop":1767265260},"archive":{"start":"000000010000000000000002","stop":"000000010000000000000002"}}]}]`,
)
const repos = [{name: 'repo1', stanzaCreated: true, replicaCreateBackupComplete: true}]
const ready = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {name: 'hippo-ha'},
  spec: {clusterIP: '10.0.0.10'},
}

let secrets: KubeObject[] = []
beforeAll(async () => {
  const plan = planPki({document, namespace: 'db', instances: names, clusterDomain: 'cluster.local'}, [], at)
  const certificates = await issuePki(plan, [], {crypto: webcrypto, now: at})
  const random = {bytes: (count: number) => new Uint8Array(count).fill(7)}
  const users = outdatedUserSecrets(document, 'db', [], random)
  const written = {managedFields: [{manager: 'pgk', time: '2026-01-01T10:00:00Z'}]}
  secrets = [...certificates, ...users].map(secret => ({
    ...secret,
    metadata: {...secret.metadata, ...written},
  }))
})

const desired = (change: Partial<Desired> = {}): Desired => ({
  document,
  status: {pgbackrest: {repos}},
  images: {postgres: 'p', pgbackrest: 'p'},
  clusterDomain: 'cluster.local',
  owner: undefined,
  startedAt: new Date(at.getTime() - 5000),
  render: () => [],
  backupJob: () => ({apiVersion: 'batch/v1', kind: 'Job', metadata: {name: 'backup'}}),
  restoreJob: () => ({apiVersion: 'batch/v1', kind: 'Job', metadata: {name: 'restore'}}),
  firstBackupJob: () => ({apiVersion: 'batch/v1', kind: 'Job', metadata: {name: 'first'}}),
  ...change,
})

const converged = (change: Partial<Observed> = {}): Observed =>
  observed({
    objects: new Map([
      ['Secret', secrets],
      ['Service', [ready]],
    ]),
    config: {
      systemIdentifier: '7710884053495799853',
      configuration: dynamicConfiguration(document),
      history: [],
    },
    answers: {
      ...noAnswers,
      sql: {known: true, value: leaderState()},
      backups: {known: true, value: info},
      write: {known: true, value: at},
    },
    ...change,
  })

function settledStatus(seen: Observed): Desired['status'] {
  const [action] = planUsers(document, {}, seen).actions
  const revision = action?.kind === 'run-sql' ? action.revision.value : ''
  return {pgbackrest: {repos}, usersRevision: revision}
}

describe('decide', () => {
  it('finds nothing to do on a converged cluster', () => {
    const seen = converged()
    const decision = decide(desired({status: settledStatus(seen)}), seen)
    expect(decision.actions).toEqual([])
    expect(decision.pki).toBeUndefined()
    expect(decision.prune).toEqual([])
    expect(decision.settled).toBe(true)
    expect(decision.milestones.map(({state}) => state)).not.toContain('active')
  })

  it('never settles before a write through the Service was acknowledged in the same snapshot', () => {
    const seen = converged()
    const asked = {...seen, answers: {...seen.answers, write: undefined}}
    const decision = decide(desired({status: settledStatus(seen)}), asked)
    expect(decision.settled).toBe(false)
    expect(decision.questions.write?.host).toBe('hippo-primary.db.svc')
  })

  it('plans everything for a cluster of which nothing exists yet', () => {
    const nothing = observed({
      objects: new Map(),
      instances: [],
      repoHost: undefined,
      leadership: {state: 'none'},
      config: undefined,
      answers: noAnswers,
    })
    const decision = decide(desired({status: {}}), nothing)
    expect(decision.pki?.newRoot).toBe('missing')
    expect(decision.actions).toEqual([])
    expect(decision.settled).toBe(false)
  })

  it('touches nothing of a paused cluster, and is done with that', () => {
    const paused = {...document, spec: {...document.spec, paused: true, shutdown: true}}
    const decision = decide({...desired(), document: paused}, converged({objects: new Map()}))
    expect(decision).toMatchObject({pki: undefined, waves: [], prune: [], actions: [], settled: true})
  })

  it('leaves Patroni paused where somebody paused it', () => {
    const configuration = {...dynamicConfiguration(document), ttl: 99, pause: true}
    const config = {systemIdentifier: '7710884053495799853', configuration, history: []}
    const action = decide(desired(), converged({config})).actions.find(
      ({kind}) => kind === 'set-dynamic-configuration',
    )
    expect(action).toMatchObject({configuration: {ttl: 30, pause: true}})
  })

  it('acts on nothing while a kind cannot be read: certificates that are hidden must not be made anew', () => {
    const blind = converged({
      objects: new Map(),
      unknown: [{source: 'kubernetes/Secret', reason: 'the connection was lost'}],
    })
    const decision = decide(desired(), blind)
    expect(decision).toMatchObject({pki: undefined, waves: [], actions: [], settled: false})
    expect(decision.waiting).toContain('the connection was lost')
  })

  it('ends at once where a kind may not be read, and says which right is missing', () => {
    const reason = 'you may not list cronjobs.batch in namespace db'
    const denied = converged({unknown: [{source: 'kubernetes/CronJob', reason, code: 'PGK_FORBIDDEN'}]})
    expect(decide(desired(), denied).stuck).toMatchObject({exitCode: 4, message: reason, object: 'CronJob'})
  })

  it('does not take a replica that only clones for one that streams', () => {
    const seen = converged({
      answers: {...converged().answers, sql: {known: true, value: leaderState({replicas: []})}},
    })
    const replicas = decide(desired(), seen).milestones.find(({id}) => id === 'replicas')
    expect(replicas).toMatchObject({state: 'active', detail: '0 of 2'})
  })

  it('does not call a synchronous cluster done before commits wait for a standby', () => {
    const seen = converged()
    const configuration = {...seen.config?.configuration, synchronous_mode: true}
    const synchronous = {...seen, config: {systemIdentifier: '1', history: [], ...seen.config, configuration}}
    const replicas = (state: Observed) =>
      decide(desired(), state).milestones.find(({id}) => id === 'replicas')?.state
    expect(replicas(synchronous)).toBe('active')
    const sync = {leader: 'hippo-pg-1-0', standbys: ['hippo-pg-2-0'], quorum: 0}
    expect(replicas({...synchronous, sync})).toBe('done')
  })

  it('has an action, something to wait for, or an error in every state short of the goal', () => {
    const pods = [instance(1), instance(2), instance(3)]
    for (const leadership of [
      {state: 'none'},
      {state: 'held', leader: 'hippo-pg-1-0', ageSeconds: 1},
    ] as const) {
      for (const count of [0, 1, 2, 3]) {
        for (const answers of [noAnswers, converged().answers]) {
          const seen = converged({leadership, instances: pods.slice(0, count), answers})
          const {settled, waiting, actions, pki, stuck} = decide(desired(), seen)
          const moves =
            settled || waiting !== undefined || actions.length > 0 || pki !== undefined || stuck !== undefined
          expect([leadership.state, count, moves]).toEqual([leadership.state, count, true])
        }
      }
    }
  })
})
