import type {PgkError} from '../errors.ts'
import type {Questions} from '../observe/questions.ts'
import type {PkiPlan} from '../pki/plan.ts'
import type {KubeObject, ObjectRef} from '../ports.ts'
import type {PodRefresh} from './refresh.ts'

/** What the loop is asked to reach. */
export type Goal =
  /** Everything the document says is true and a client can write through the primary Service. */
  | 'running'
  /** No pod of the cluster is left; volumes and the document stay. */
  | 'stopped'

/**
 * One effect beyond applying objects. Each is safe to repeat, and each is decided again from the next
 * snapshot: nothing is remembered but what the cluster itself shows.
 */
export type Action =
  | {kind: 'create-stanza'; pod: string; repos: readonly string[]}
  | {kind: 'start-job'; job: KubeObject}
  | {kind: 'remove-job'; job: string; uid: string}
  | {
      kind: 'run-sql'
      pod: string
      what: string
      stdin: string
      revision: {key: StatusRevision; value: string}
    }
  | {kind: 'run-init-sql'; pod: string; configMap: string; key: string}
  | {kind: 'set-dynamic-configuration'; pod: string; configuration: Readonly<Record<string, unknown>>}
  | {kind: 'refresh-pods'; leader: string; pods: readonly PodRefresh[]; backups: boolean}
  | {kind: 'restart-pending'; pod: string; role: 'replica' | 'primary'; member: string}
  /** Removes a replica's data and makes it anew, unless Patroni is at work on it. */
  | {kind: 'reinitialise'; pod: string; member: string}
  | {kind: 'switchover'; pod: string; leader: string; candidate: string; timeline: number}
  | {kind: 'delete-pod'; pod: string; uid: string; resourceVersion: string; why: string}
  | {kind: 'delete-endpoints'; names: readonly string[]}
  /** Brings the configuration and certificates of another cluster's repositories into this namespace. */
  | {
      kind: 'copy-source'
      from: {namespace: string; cluster: string}
      configMap: KubeObject
      secret: KubeObject
    }
  /** Removes the data directory that was kept while a restore was not yet proven. */
  | {kind: 'discard-aside'; pod: string; directory: string}
  | {kind: 'record'; status: Readonly<Record<string, unknown>>}

export type StatusRevision = 'usersRevision' | 'databaseRevision' | 'databaseInitSQL'

export interface Milestone {
  id: string
  title: string
  state: 'pending' | 'active' | 'done' | 'failed'
  /** What is true now, for the reader: `hippo-pg-1 leads on timeline 1`. */
  detail?: string
}

export interface Decision {
  /** Certificates to issue; written before everything else, and read again before the next decision. */
  pki: PkiPlan | undefined
  /** In the order in which they are to be applied: a later wave may refer to an earlier one. */
  waves: readonly (readonly KubeObject[])[]
  prune: readonly ObjectRef[]
  actions: readonly Action[]
  milestones: readonly Milestone[]
  /** One sentence for "not yet"; undefined when there is nothing to wait for. */
  waiting: string | undefined
  questions: Questions
  /** Set when waiting cannot help. */
  stuck: PgkError | undefined
  /** The goal is reached. */
  settled: boolean
}
