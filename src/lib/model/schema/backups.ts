import {Type} from 'typebox'
import {anyObject, cron, labels, metadata, projection, resources, volumeClaimSpec} from './fields.ts'
import {podPlacement} from './scheduling.ts'

export const schedules = Type.Object({
  full: Type.Optional(cron),
  differential: Type.Optional(cron),
  incremental: Type.Optional(cron),
})

const repoName = Type.String({pattern: '^repo[1-4]$', 'x-pgk-says': 'must be repo1, repo2, repo3 or repo4'})

/** Exactly one of `volume`, `s3`, `gcs` and `azure`. */
export const repo = Type.Object({
  name: repoName,
  volume: Type.Optional(Type.Object({volumeClaimSpec})),
  s3: Type.Optional(
    Type.Object({
      bucket: Type.String({minLength: 1}),
      endpoint: Type.String({minLength: 1}),
      region: Type.String({minLength: 1}),
    }),
  ),
  gcs: Type.Optional(Type.Object({bucket: Type.String({minLength: 1})})),
  azure: Type.Optional(Type.Object({container: Type.String({minLength: 1})})),
  schedules: Type.Optional(schedules),
})

const placement = {
  resources: Type.Optional(resources),
  affinity: podPlacement.affinity,
  tolerations: podPlacement.tolerations,
  priorityClassName: podPlacement.priorityClassName,
}

/** Where a restore takes its data from, and how. */
export const restoreSource = {
  repoName,
  options: Type.Optional(Type.Array(Type.String())),
  clusterName: Type.Optional(Type.String()),
  clusterNamespace: Type.Optional(Type.String()),
  ...placement,
  volumes: Type.Optional(anyObject()),
}

export const backups = Type.Object({
  pgbackrest: Type.Optional(
    Type.Object({
      image: Type.Optional(Type.String({minLength: 1})),
      repos: Type.Array(repo, {
        minItems: 1,
        maxItems: 4,
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
      global: Type.Optional(labels),
      configuration: Type.Optional(Type.Array(projection)),
      manual: Type.Optional(Type.Object({repoName, options: Type.Optional(Type.Array(Type.String()))})),
      restore: Type.Optional(
        Type.Object({enabled: Type.Optional(Type.Boolean({default: false})), ...restoreSource}),
      ),
      repoHost: Type.Optional(
        Type.Object({
          ...placement,
          topologySpreadConstraints: podPlacement.topologySpreadConstraints,
          log: Type.Optional(anyObject()),
          volumes: Type.Optional(anyObject()),
          sshConfigMap: Type.Optional(anyObject()),
          sshSecret: Type.Optional(anyObject()),
        }),
      ),
      jobs: Type.Optional(
        Type.Object({
          ...placement,
          ttlSecondsAfterFinished: Type.Optional(Type.Integer({minimum: 60})),
          log: Type.Optional(anyObject()),
          volumes: Type.Optional(anyObject()),
        }),
      ),
      sidecars: Type.Optional(anyObject()),
      metadata: Type.Optional(metadata),
      log: Type.Optional(anyObject()),
    }),
  ),
  snapshots: Type.Optional(anyObject()),
})
