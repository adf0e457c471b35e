import type {CompleteCluster, CompleteInstanceSet, InstanceSet, PostgresCluster, User} from './document.ts'
import {instanceSetName} from './names.ts'

/** PGO's defaults; the schema publishes the same values. */
export const DEFAULTS = {
  leaderLeaseDurationSeconds: 30,
  patroniPort: 8008,
  port: 5432,
  replicas: 1,
  syncPeriodSeconds: 10,
} as const

function completeSet(set: InstanceSet, index: number): CompleteInstanceSet {
  const replicas = set.replicas ?? DEFAULTS.replicas
  return {
    ...set,
    name: instanceSetName(set.name, index),
    replicas,
    minAvailable: set.minAvailable ?? (replicas > 1 ? 1 : 0),
  }
}

/** Without a list there is one user, with a database, both named after the cluster; an empty list means none. */
const completeUsers = (users: User[] | undefined, cluster: string): User[] =>
  users ?? [{name: cluster, databases: [cluster]}]

/**
 * Fills in every default. Store the document as it was given and decide on this: stored defaults would
 * make fields pgk's that the author never wrote.
 */
export function withDefaults(document: PostgresCluster): CompleteCluster {
  const {spec} = document
  return {
    ...document,
    spec: {
      ...spec,
      port: spec.port ?? DEFAULTS.port,
      paused: spec.paused ?? false,
      shutdown: spec.shutdown ?? false,
      instances: spec.instances.map(completeSet),
      users: completeUsers(spec.users, document.metadata.name),
      patroni: {
        ...spec.patroni,
        dynamicConfiguration: spec.patroni?.dynamicConfiguration ?? {},
        leaderLeaseDurationSeconds:
          spec.patroni?.leaderLeaseDurationSeconds ?? DEFAULTS.leaderLeaseDurationSeconds,
        syncPeriodSeconds: spec.patroni?.syncPeriodSeconds ?? DEFAULTS.syncPeriodSeconds,
        port: spec.patroni?.port ?? DEFAULTS.patroniPort,
      },
    },
  }
}
