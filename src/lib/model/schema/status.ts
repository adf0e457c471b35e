import {Type} from 'typebox'
import {anyObject, oneOf} from './fields.ts'

const text = Type.Optional(Type.String())
const flag = Type.Optional(Type.Boolean())
const count = Type.Optional(Type.Integer())

/** One task of pgBackRest as PGO records it. Times are RFC 3339. */
const job = {
  id: text,
  finished: flag,
  startTime: text,
  completionTime: text,
  active: count,
  succeeded: count,
  failed: count,
}

/** An operation of several steps that any pgk can take up again. */
const operation = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  request: anyObject(),
  phase: Type.String(),
  who: Type.String(),
  startedAt: Type.String(),
})

/** How the last restore in place, or the clone that made this cluster, ended. */
const restored = Type.Object({
  id: Type.String(),
  kind: oneOf(['restore', 'clone']),
  /** As the person gave it: `--pitr 2026-11-23T10:00:00Z`. */
  target: Type.String(),
  /** `returned`: the target was not reached, and the cluster is as it was. */
  outcome: oneOf(['restored', 'returned']),
  /** Why it returned. */
  reason: text,
  /** Commit time of the last transaction that was replayed, as Postgres prints it. */
  lastTransaction: text,
  /** The timeline that was left, and the one that began. */
  fromTimeline: count,
  timeline: count,
  startedAt: Type.String(),
  finishedAt: Type.String(),
})

/** What the last drill of a restore came to, and when one was last passed. */
const drill = Type.Object({
  repo: Type.String(),
  label: Type.String(),
  at: Type.String(),
  passed: Type.Boolean(),
  recoverySeconds: Type.Optional(Type.Number()),
  lastPassedAt: text,
})

const condition = Type.Object({
  type: Type.String(),
  status: oneOf(['True', 'False', 'Unknown']),
  reason: Type.String(),
  message: Type.String(),
  lastTransitionTime: Type.String(),
  observedGeneration: count,
})

/** What pgk remembers between two runs; everything else is read from the cluster each time. */
export const status = Type.Object({
  observedGeneration: count,
  operation: Type.Optional(operation),
  restored: Type.Optional(restored),
  drill: Type.Optional(drill),
  patroni: Type.Optional(Type.Object({systemIdentifier: text, switchover: text, switchoverTimeline: count})),
  pgbackrest: Type.Optional(
    Type.Object({
      repos: Type.Optional(
        Type.Array(
          Type.Object({
            name: Type.String(),
            bound: flag,
            volume: text,
            stanzaCreated: flag,
            replicaCreateBackupComplete: flag,
            repoOptionsHash: text,
          }),
        ),
      ),
      /** What `backup verify` found of each set, and what a drill proved. */
      verified: Type.Optional(
        Type.Array(
          Type.Object({repo: Type.String(), label: Type.String(), at: Type.String(), valid: Type.Boolean()}),
        ),
      ),
      manualBackup: Type.Optional(Type.Object(job)),
      restore: Type.Optional(Type.Object(job)),
    }),
  ),
  instances: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String(),
        replicas: count,
        readyReplicas: count,
        updatedReplicas: count,
      }),
    ),
  ),
  usersRevision: text,
  databaseRevision: text,
  databaseInitSQL: text,
  startupInstance: text,
  startupInstanceSet: text,
  conditions: Type.Optional(Type.Array(condition)),
})
