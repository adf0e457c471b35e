import {optionProblems, repoProblems} from './backup-rules.ts'
import type {ClusterSpec} from './document.ts'
import type {Problem} from './problem.ts'
import {OWN_STANZA, placeText, samePlace, storePlace} from './repo-place.ts'
import {restoreOptionProblems} from './restore-options.ts'

/** What the schema cannot say about a cluster that begins with the data of a bucket. */

const PATH = 'spec.dataSource.pgbackrest'

export type BucketSource = NonNullable<NonNullable<ClusterSpec['dataSource']>['pgbackrest']>

/** The name by which pgBackRest knows the source's database. */
export const sourceStanza = ({stanza}: Pick<BucketSource, 'stanza'>): string => stanza ?? OWN_STANZA

/** Two databases in one archive would destroy each other's backups. */
function sharedProblems({repo, global, ...source}: BucketSource, spec: ClusterSpec): Problem[] {
  const from = storePlace(repo, global)
  const {repos = [], global: own} = spec.backups?.pgbackrest ?? {}
  if (from === undefined || sourceStanza(source) !== OWN_STANZA) return []
  return repos.flatMap((candidate, index) => {
    const place = storePlace(candidate, own)
    if (place === undefined || !samePlace(place, from)) return []
    return [
      {
        path: `spec.backups.pgbackrest.repos[${index}]`,
        message: `is ${placeText(place)}, where the data comes from: the two would share an archive`,
        hint: `Give it a path of its own: ${candidate.name}-path in spec.backups.pgbackrest.global, or s3://bucket/path with --repo.`,
      },
    ]
  })
}

export function dataSourceProblems(spec: ClusterSpec): Problem[] {
  const {postgresCluster, pgbackrest: source} = spec.dataSource ?? {}
  if (source === undefined) return []
  const both: Problem[] =
    postgresCluster === undefined
      ? []
      : [
          {
            path: 'spec.dataSource',
            message: 'names postgresCluster and pgbackrest; a cluster begins with one of them',
            hint: 'Remove one.',
          },
        ]
  const volume: Problem[] =
    source.repo.volume === undefined
      ? []
      : [
          {
            path: `${PATH}.repo.volume`,
            message: 'cannot be read without its cluster; a data source is in an object store',
            hint: 'For a repository on a volume, name its cluster as dataSource.postgresCluster.',
          },
        ]
  const stanza: Problem[] = /^[A-Za-z0-9_.-]+$/.test(sourceStanza(source))
    ? []
    : [{path: `${PATH}.stanza`, message: 'is no name of a stanza'}]
  return [
    ...both,
    ...(volume.length > 0 ? volume : repoProblems(source.repo, `${PATH}.repo`)),
    ...stanza,
    ...optionProblems(source.global ?? {}, `${PATH}.global`, `${PATH}.configuration`),
    ...restoreOptionProblems(source.options ?? [], `${PATH}.options`),
    ...sharedProblems(source, spec),
  ]
}
