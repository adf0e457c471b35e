/** What a snapshot asks beyond the Kubernetes objects; each costs an exec into a pod. */
export interface Questions {
  /** Replication, archiver and databases, asked of the leader by SQL. */
  sql: boolean
  /** `pgbackrest info`. */
  backups: boolean
  /** The archives of these repositories, by number: costs a listing of each. */
  archives?: readonly number[]
  /** Disk use of every instance. */
  disks: boolean
  /** Whether a client can commit through the primary Service. */
  write: WriteProbe | undefined
}

export interface WriteProbe {
  /** Pod to connect from, and its container that has psql and the cluster's CA. */
  pod: string
  host: string
  port: number
  database: string
  user: string
  /** Secret with the key `password`. */
  secret: string
}

export const noQuestions: Questions = {sql: false, backups: false, disks: false, write: undefined}

/** The answer of a source with its own deadline; undefined where a snapshot holds it means: not asked. */
export type Answer<T> = {known: true; value: T} | {known: false; reason: string}
