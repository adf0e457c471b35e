import type {Static} from 'typebox'
import type {repo} from './schema/backups.ts'
import type {postgresCluster, spec} from './schema/document.ts'
import type {volumeClaimSpec} from './schema/fields.ts'
import type {instanceSet} from './schema/instances.ts'
import type {patroni, user} from './schema/postgres.ts'
import type {status} from './schema/status.ts'

export const GROUP = 'postgres-operator.crunchydata.com'
export const API_VERSION = `${GROUP}/v1beta1`
export const KIND = 'PostgresCluster'

/** The document as a person wrote it, checked. Field names and meanings are PGO's. */
export type PostgresCluster = Static<typeof postgresCluster>
export type ClusterSpec = Static<typeof spec>
export type InstanceSet = Static<typeof instanceSet>
export type Repo = Static<typeof repo>
export type User = Static<typeof user>
export type VolumeClaimSpec = Static<typeof volumeClaimSpec>
/** What pgk remembers in the document's status. */
export type DocumentStatus = Static<typeof status>
export type Operation = NonNullable<DocumentStatus['operation']>

export type CompleteInstanceSet = InstanceSet &
  Required<Pick<InstanceSet, 'name' | 'replicas' | 'minAvailable'>>
export type CompletePatroni = Static<typeof patroni> &
  Required<
    Pick<
      Static<typeof patroni>,
      'dynamicConfiguration' | 'leaderLeaseDurationSeconds' | 'syncPeriodSeconds' | 'port'
    >
  >

/** What `withDefaults` fills in. */
interface Filled {
  port: number
  instances: CompleteInstanceSet[]
  users: User[]
  patroni: CompletePatroni
  paused: boolean
  shutdown: boolean
}

/** The document with every default filled in (`withDefaults`); still a valid `PostgresCluster`. */
export type CompleteCluster = Omit<PostgresCluster, 'spec'> & {spec: Omit<ClusterSpec, keyof Filled> & Filled}
