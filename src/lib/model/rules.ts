import {accessProblems} from './access-rules.ts'
import {backupProblems} from './backup-rules.ts'
import {dataSourceProblems} from './data-source-rules.ts'
import type {InstanceSet, PostgresCluster, VolumeClaimSpec} from './document.ts'
import {instanceSetName, MAX_CLUSTER_AND_SET} from './names.ts'
import {parameterComplaint} from './parameters.ts'
import {at, type Problem} from './problem.ts'
import {compareQuantities, quantityBytes} from './quantity.ts'
import type {Resources} from './schema/fields.ts'

/** What the schema cannot say: how fields fit together, and lengths of the names made from them. */

function volumeProblems(claim: VolumeClaimSpec | undefined, path: string): Problem[] {
  const storage = claim?.resources.requests.storage
  if (storage === undefined || (quantityBytes(storage) ?? 1) > 0) return []
  return [{path: at(path, 'resources.requests.storage'), message: 'must be more than nothing'}]
}

function resourceProblems(resources: Resources | undefined, path: string): Problem[] {
  return Object.entries(resources?.requests ?? {}).flatMap(([name, wanted]) => {
    const limit = resources?.limits?.[name]
    if (limit === undefined || (compareQuantities(wanted, limit) ?? 0) <= 0) return []
    return [{path: at(at(path, 'requests'), name), message: `is ${wanted}, more than the limit ${limit}`}]
  })
}

function setProblems(set: InstanceSet, index: number, cluster: string): Problem[] {
  const path = `spec.instances[${index}]`
  const name = instanceSetName(set.name, index)
  const length = cluster.length + name.length
  const tooLong: Problem[] =
    length > MAX_CLUSTER_AND_SET
      ? [
          {
            path: set.name ? at(path, 'name') : 'metadata.name',
            message: `makes names too long: ${cluster} and ${name} together have ${length} characters, at most ${MAX_CLUSTER_AND_SET} are possible`,
          },
        ]
      : []
  return [
    ...tooLong,
    ...volumeProblems(set.dataVolumeClaimSpec, at(path, 'dataVolumeClaimSpec')),
    ...volumeProblems(set.walVolumeClaimSpec, at(path, 'walVolumeClaimSpec')),
    ...resourceProblems(set.resources, at(path, 'resources')),
  ]
}

/** A set without a name is called by its place, which another set may bear as its name. */
function sameNameProblems(sets: readonly InstanceSet[]): Problem[] {
  const names = sets.map((set, index) => instanceSetName(set.name, index))
  return names.flatMap((name, index) => {
    const first = names.indexOf(name)
    if (first === index || sets[first]?.name === sets[index]?.name) return []
    return [
      {
        path: `spec.instances[${index}].name`,
        message: `is ${name}, which spec.instances[${first}] is called too`,
      },
    ]
  })
}

const parameterProblems = ({config, postgresVersion}: PostgresCluster['spec']): Problem[] =>
  Object.entries(config?.parameters ?? {}).flatMap(([name, value]) => {
    const message = parameterComplaint(name, value, postgresVersion)
    return message === undefined
      ? []
      : [{path: at('spec.config.parameters', name), message, hint: 'Remove it.'}]
  })

function standbyProblems({standby}: PostgresCluster['spec']): Problem[] {
  if (standby === undefined || standby.enabled === false) return []
  return standby.host === undefined && standby.repoName === undefined
    ? [{path: 'spec.standby', message: 'needs host or repoName'}]
    : []
}

export function ruleProblems({metadata, spec}: PostgresCluster): Problem[] {
  return [
    ...spec.instances.flatMap((set, index) => setProblems(set, index, metadata.name)),
    ...sameNameProblems(spec.instances),
    ...backupProblems(spec, metadata.name),
    ...dataSourceProblems(spec),
    ...parameterProblems(spec),
    ...accessProblems(spec),
    ...standbyProblems(spec),
  ]
}
