import {Type} from 'typebox'
import {repo, restoreSource} from './backups.ts'
import {anyObject, labels, port, projection, resources} from './fields.ts'

/** Where a cluster's data comes from, and who watches it. */

export const standby = Type.Object({
  enabled: Type.Optional(Type.Boolean({default: true})),
  repoName: Type.Optional(Type.String({pattern: '^repo[1-4]$'})),
  host: Type.Optional(Type.String({minLength: 1})),
  port: Type.Optional(port()),
})

const adoptedVolume = Type.Optional(
  Type.Object({pvcName: Type.String({minLength: 1}), directory: Type.Optional(Type.String())}),
)

export const dataSource = Type.Object({
  postgresCluster: Type.Optional(Type.Object(restoreSource)),
  pgbackrest: Type.Optional(
    Type.Object({
      stanza: Type.Optional(Type.String()),
      configuration: Type.Optional(Type.Array(projection)),
      global: Type.Optional(labels),
      repo,
      options: Type.Optional(Type.Array(Type.String())),
      resources: Type.Optional(resources),
      affinity: restoreSource.affinity,
      tolerations: restoreSource.tolerations,
      priorityClassName: restoreSource.priorityClassName,
      volumes: Type.Optional(anyObject()),
    }),
  ),
  volumes: Type.Optional(
    Type.Object({
      pgDataVolume: adoptedVolume,
      pgWALVolume: adoptedVolume,
      pgBackRestVolume: adoptedVolume,
    }),
  ),
})

export const monitoring = Type.Object({
  pgmonitor: Type.Optional(
    Type.Object({
      exporter: Type.Optional(
        Type.Object({
          image: Type.Optional(Type.String({minLength: 1})),
          resources: Type.Optional(resources),
          configuration: Type.Optional(Type.Array(projection)),
          customTLSSecret: Type.Optional(anyObject()),
        }),
      ),
    }),
  ),
})
