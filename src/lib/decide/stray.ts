import {Label} from '../model/labels.ts'
import {type Observed, objectsOf} from '../observe/snapshot.ts'
import type {KindRef, KubeObject, ObjectRef} from '../ports.ts'

/** Kinds whose objects come and go with the document, each with the label by which pgk knows its own. */
const comingAndGoing: readonly {kind: KindRef; label: string}[] = [
  {kind: {apiVersion: 'batch/v1', kind: 'CronJob'}, label: Label.pgbackrestCronJob},
  {kind: {apiVersion: 'policy/v1', kind: 'PodDisruptionBudget'}, label: Label.instanceSet},
]

/**
 * Objects of schedules and instance sets that the document no longer has. A set that still has instances
 * (`inhabited`) keeps its disruption budget until they are gone.
 */
export function strays(
  seen: Observed,
  waves: readonly (readonly KubeObject[])[],
  inhabited: ReadonlySet<string>,
): ObjectRef[] {
  const wanted = new Set(waves.flat().map(({kind, metadata}) => `${kind}/${metadata.name}`))
  const guarded = ({labels}: KubeObject['metadata']): boolean =>
    inhabited.has(labels?.[Label.instanceSet] ?? '')
  return comingAndGoing.flatMap(({kind, label}) =>
    objectsOf(seen, kind.kind)
      .filter(({metadata}) => metadata.labels?.[label] !== undefined && !guarded(metadata))
      .flatMap(({metadata: {name}}) =>
        name === undefined || wanted.has(`${kind.kind}/${name}`) ? [] : [name],
      )
      .map(name => ({...kind, name, namespace: seen.namespace})),
  )
}
