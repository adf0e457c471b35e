import type {KubeObject, Registry, ResourceType} from '../../registry.ts'
import {clusterRoleBindings, clusterRoles, namespaces} from '../../resources.ts'
import {defaultBindings, defaultClusterRoles} from './bootstrap-roles.ts'
import {compact, uncovered} from './coverage.ts'
import {rulesOf, writtenRule} from './rules.ts'

const group = 'rbac.authorization.k8s.io'

const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate'

const defaultMetadata = (name: string) => ({
  name,
  labels: {'kubernetes.io/bootstrapping': 'rbac-defaults'},
  annotations: {[autoupdate]: 'true'},
})

function roleObjects(): KubeObject[] {
  return Object.entries(defaultClusterRoles).map(([name, rules]) => {
    const object: KubeObject & {rules: object[]} = {metadata: defaultMetadata(name), rules}
    return object
  })
}

function bindingObjects(): KubeObject[] {
  return Object.entries(defaultBindings).map(([name, groups]) => {
    const object: KubeObject & {roleRef: object; subjects: object[]} = {
      metadata: defaultMetadata(name),
      roleRef: {apiGroup: group, kind: 'ClusterRole', name},
      subjects: groups.map(each => ({apiGroup: group, kind: 'Group', name: each})),
    }
    return object
  })
}

const firstNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

/** Gives the default roles the rights that a later version of them has, unless their owner forbade it. */
function extendRoles(registry: Registry): void {
  for (const [name, wanted] of Object.entries(defaultClusterRoles)) {
    registry.modify(clusterRoles, undefined, name, draft => {
      if (draft.metadata?.annotations?.[autoupdate] !== 'true') return
      const missing = uncovered(rulesOf(draft), rulesOf({rules: wanted}))
      draft.rules = [...(draft.rules ?? []), ...compact(missing).map(writtenRule)]
    })
  }
}

/** Creates what every cluster has from the start and is not there yet: namespaces, roles, bindings. */
export function bootstrap(registry: Registry): void {
  const missing = (type: ResourceType, objects: readonly KubeObject[]) => {
    for (const object of objects) {
      const name = object.metadata?.name ?? ''
      if (registry.get(type, undefined, name) === undefined) registry.create(type, object)
    }
  }
  missing(
    namespaces,
    firstNamespaces.map(name => ({metadata: {name}})),
  )
  missing(clusterRoles, roleObjects())
  extendRoles(registry)
  missing(clusterRoleBindings, bindingObjects())
}
