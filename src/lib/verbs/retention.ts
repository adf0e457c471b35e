import type {PostgresCluster} from '../model/document.ts'

/** How much is kept; what is undefined stays as it is. */
export interface Retention {
  full: number | undefined
  diff: number | undefined
  archive: number | undefined
}

/** The document with another retention of some repositories. */
export function withRetention(
  document: PostgresCluster,
  repos: readonly string[],
  retention: Retention,
): PostgresCluster {
  const options = repos.flatMap(repo =>
    Object.entries(retention).flatMap(([kind, count]) =>
      count === undefined ? [] : [[`${repo}-retention-${kind}`, String(count)] as const],
    ),
  )
  const {backups} = document.spec
  const pgbackrest = backups?.pgbackrest
  if (options.length === 0 || pgbackrest === undefined) return document
  const global = {...pgbackrest.global, ...Object.fromEntries(options)}
  return {...document, spec: {...document.spec, backups: {...backups, pgbackrest: {...pgbackrest, global}}}}
}
