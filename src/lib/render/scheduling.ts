import {Data, Label} from '../model/labels.ts'

type Constraint = object

/** Spread over hosts and zones where there are several; a wish, so that one node is enough. */
const defaultSpread = (cluster: string): Constraint[] =>
  ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(topologyKey => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: {
      matchLabels: {[Label.cluster]: cluster},
      matchExpressions: [{key: Label.data, operator: 'In', values: Object.values(Data).sort()}],
    },
  }))

/** The document's own constraints, then the default ones. */
export const spread = (cluster: string, own: readonly Constraint[] | undefined): Constraint[] => [
  ...(own ?? []),
  ...defaultSpread(cluster),
]

interface Affinity {
  podAffinity?: {requiredDuringSchedulingIgnoredDuringExecution?: readonly object[]}
}

/** The document's affinity of backup Jobs, and with it the node on which the repository's volume is. */
export function besideRepoHost(
  own: Affinity | undefined,
  repoHostLabels: Readonly<Record<string, string>>,
): object {
  const term = {topologyKey: 'kubernetes.io/hostname', labelSelector: {matchLabels: repoHostLabels}}
  const required = own?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  return {
    ...own,
    podAffinity: {...own?.podAffinity, requiredDuringSchedulingIgnoredDuringExecution: [...required, term]},
  }
}
