import type {Problem} from './problem.ts'

interface Unbuilt {
  /** `[]` stands for each entry of a list. */
  path: string
  /** What to do without the field. */
  hint: string
  /** The values that ask for nothing, and are therefore fine. */
  harmless?: (value: unknown) => boolean
}

const isOff = (value: unknown): boolean => value === false
const isEmpty = (value: unknown): boolean =>
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
const disabled = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'enabled' in value && value.enabled === false

const REMOVE = 'Remove it: this version of pgk would not act on it.'

/** Fields that the schema knows and that nothing acts on yet. Whoever builds one removes its line. */
const TABLE: readonly Unbuilt[] = [
  {path: 'spec.postGISVersion', hint: 'Name an image that holds PostGIS in spec.image.'},
  {path: 'spec.openshift', hint: REMOVE, harmless: isOff},
  {path: 'spec.supplementalGroups', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.disableDefaultPodScheduling', hint: REMOVE, harmless: isOff},
  {path: 'spec.customTLSSecret', hint: 'Remove it: pgk issues the certificates.'},
  {path: 'spec.customReplicationTLSSecret', hint: 'Remove it: pgk issues the certificates.'},
  {path: 'spec.standby', hint: REMOVE, harmless: disabled},
  {path: 'spec.dataSource.pgbackrest.volumes', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.dataSource.pgbackrest.repo.schedules', hint: 'Remove it: it is only read.', harmless: isEmpty},
  {path: 'spec.dataSource.volumes', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.dataSource.postgresCluster.volumes', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.proxy', hint: REMOVE},
  {path: 'spec.monitoring', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.instrumentation', hint: REMOVE},
  {path: 'spec.userInterface', hint: 'Remove it: pgAdmin is no part of a cluster.'},
  {path: 'spec.config.files', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.patroni.logging', hint: REMOVE},
  {path: 'spec.patroni.switchover', hint: REMOVE, harmless: disabled},
  {path: 'spec.backups.snapshots', hint: REMOVE},
  {path: 'spec.backups.pgbackrest.restore', hint: 'Set enabled: false.', harmless: value => !enabled(value)},
  {path: 'spec.backups.pgbackrest.sidecars', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.backups.pgbackrest.metadata', hint: 'Use spec.metadata.', harmless: isEmpty},
  {path: 'spec.backups.pgbackrest.log', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.backups.pgbackrest.repoHost.log', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.backups.pgbackrest.repoHost.volumes', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.backups.pgbackrest.repoHost.sshConfigMap', hint: 'Remove it: pgBackRest talks TLS.'},
  {path: 'spec.backups.pgbackrest.repoHost.sshSecret', hint: 'Remove it: pgBackRest talks TLS.'},
  {path: 'spec.backups.pgbackrest.jobs.log', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.backups.pgbackrest.jobs.volumes', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.backups.pgbackrest.repos[].volume.volumeClaimSpec.autoGrow', hint: REMOVE},
  {path: 'spec.instances[].containers', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.instances[].sidecars', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.instances[].tablespaceVolumes', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.instances[].volumes', hint: REMOVE, harmless: isEmpty},
  {path: 'spec.instances[].dataVolumeClaimSpec.autoGrow', hint: REMOVE},
  {path: 'spec.instances[].walVolumeClaimSpec.autoGrow', hint: REMOVE},
]

function enabled(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'enabled' in value && value.enabled === true
}

type Found = {path: string; value: unknown}

/** One step down: into a field, or into every entry of a list. */
function descend({path, value}: Found, step: string): Found[] {
  const key = step.replace('[]', '')
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return []
  const child: unknown = Object.entries(value).find(([name]) => name === key)?.[1]
  const place = path === '' ? key : `${path}.${key}`
  if (!step.endsWith('[]')) return [{path: place, value: child}]
  return Array.isArray(child)
    ? child.map((item: unknown, index) => ({path: `${place}[${index}]`, value: item}))
    : []
}

const find = (document: unknown, path: string): Found[] =>
  path
    .split('.')
    .reduce<Found[]>(
      (found, step) => found.flatMap(place => descend(place, step)),
      [{path: '', value: document}],
    )

/** Fields of the document that pgk does not act on yet. Refused by name, never ignored. */
export function unbuiltProblems(document: unknown): Problem[] {
  return TABLE.flatMap(({path, hint, harmless}) =>
    find(document, path)
      .filter(({value}) => value !== undefined && value !== null && !harmless?.(value))
      .map(place => ({path: place.path, message: 'is not supported yet', hint, unbuilt: true})),
  )
}
