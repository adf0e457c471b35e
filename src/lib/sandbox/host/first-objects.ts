import type {NodeSettings} from '../node/node-object.ts'
import type {Registry} from '../registry.ts'
import {namespaces} from '../resources.ts'

/** The namespaces that every Kubernetes has from its beginning. */
const firstNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease']
const zones = ['a', 'b', 'c']

export function ensureNamespaces(registry: Registry): void {
  for (const name of firstNamespaces) {
    if (registry.get(namespaces, undefined, name) !== undefined) continue
    registry.create(namespaces, {apiVersion: 'v1', kind: 'Namespace', metadata: {name}})
  }
}

/** Virtual nodes, spread over three zones in turn. */
export function nodeSettings(count: number): NodeSettings[] {
  return Array.from({length: count}, (_, index) => ({
    name: `node-${index + 1}`,
    zone: `zone-${zones[index % zones.length]}`,
    region: 'sandbox',
  }))
}
