import type {KubeObject, ObjectMeta} from '../ports.ts'
import {isRecord} from '../record.ts'
import type {Facts, Owner} from './facts.ts'
import type {ExtraMetadata, InventoryItem} from './inventory.ts'

type Pairs = Readonly<Record<string, string>>

function merged(
  own: Pairs | undefined,
  extra: readonly (Pairs | undefined)[],
): Record<string, string> | undefined {
  const pairs: Record<string, string> = Object.assign({}, ...extra, own)
  return Object.keys(pairs).length === 0 ? undefined : pairs
}

/** The object's own labels win: the cluster is held together by them. */
function withExtra<M extends ExtraMetadata>(metadata: M, extra: readonly ExtraMetadata[]): M {
  const labels = merged(
    metadata.labels,
    extra.map(entry => entry.labels),
  )
  const annotations = merged(
    metadata.annotations,
    extra.map(entry => entry.annotations),
  )
  return {...metadata, ...(labels ? {labels} : {}), ...(annotations ? {annotations} : {})}
}

/** Pods carry the extra metadata too: everything under a `template` or `jobTemplate` with metadata. */
function withPodMetadata(value: unknown, extra: readonly ExtraMetadata[]): unknown {
  if (!isRecord(value)) return value
  const dressed = Object.entries(value).map(([key, entry]) => {
    if (key === 'spec') return [key, withPodMetadata(entry, extra)]
    if ((key !== 'template' && key !== 'jobTemplate') || !isRecord(entry)) return [key, entry]
    const inner = withPodMetadata(entry, extra)
    const metadata = isRecord(entry['metadata']) ? withExtra(entry['metadata'], extra) : {}
    return [key, isRecord(inner) ? {...inner, metadata} : inner]
  })
  return Object.fromEntries(dressed)
}

const reference = ({apiVersion, kind, name, uid}: Owner) => ({apiVersion, kind, name, uid, controller: true})

/** Adds what every object of a cluster has: namespace, owner, and the document's labels and annotations. */
export function dress(object: KubeObject, item: InventoryItem, facts: Facts): KubeObject {
  const {apiVersion, kind, metadata, ...rest} = object
  const own: ObjectMeta = withExtra(metadata, item.metadata)
  return {
    apiVersion,
    kind,
    metadata: {
      ...own,
      namespace: facts.namespace,
      ...(item.owned && facts.owner ? {ownerReferences: [reference(facts.owner)]} : {}),
    },
    ...Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [
        key,
        key === 'spec' ? withPodMetadata(value, item.metadata) : value,
      ]),
    ),
  }
}
