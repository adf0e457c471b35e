import {forbiddenError} from '../errors.ts'
import type {Kube} from '../ports.ts'

interface Right {
  group: string
  resource: string
  verbs: readonly string[]
}

const rights = (group: string, resources: readonly string[], verbs: readonly string[]): Right[] =>
  resources.map(resource => ({group, resource, verbs}))

const all = ['get', 'list', 'watch', 'create', 'patch', 'delete']

/**
 * What creating, changing and deleting a cluster takes, in one namespace. Not among it: deleting volumes,
 * which only `delete cluster --purge` does. A Role may only be made by who holds what it gives.
 */
const rightsNeeded: readonly Right[] = [
  ...rights('', ['configmaps', 'secrets', 'services', 'serviceaccounts', 'endpoints'], all),
  ...rights('', ['persistentvolumeclaims'], ['get', 'list', 'watch', 'create', 'patch']),
  ...rights('', ['pods'], ['get', 'list', 'watch', 'patch', 'delete']),
  // A WebSocket begins as a GET, and newer servers ask for the right to create as well.
  ...rights('', ['pods/exec'], ['get', 'create']),
  ...rights('apps', ['statefulsets'], all),
  // An operator that would work against pgk is looked for.
  ...rights('apps', ['deployments'], ['list']),
  ...rights('batch', ['jobs', 'cronjobs'], all),
  ...rights('rbac.authorization.k8s.io', ['roles', 'rolebindings'], all),
  ...rights('policy', ['poddisruptionbudgets'], all),
  ...rights('discovery.k8s.io', ['endpointslices'], all),
  ...rights('coordination.k8s.io', ['leases'], all),
]

function roleFor(missing: readonly Right[], namespace: string): string {
  const quoted = (words: readonly string[]): string => words.map(word => `"${word}"`).join(', ')
  const alike = Map.groupBy(missing, ({group, verbs}) => `${group}: ${verbs.join()}`)
  const rules = [...alike.values()].map(same => {
    const [{group, verbs} = {group: '', verbs: []}] = same
    const resources = quoted(same.map(({resource}) => resource))
    return `- {apiGroups: ["${group}"], resources: [${resources}], verbs: [${quoted(verbs)}]}`
  })
  return [
    'apiVersion: rbac.authorization.k8s.io/v1',
    'kind: Role',
    `metadata: {name: pgk, namespace: ${namespace}}`,
    'rules:',
    ...rules,
  ].join('\n')
}

/** Whoever may do everything with a kind is asked for that once, anyone else verb by verb. */
async function lacking(kube: Kube, namespace: string, right: Right): Promise<Right[]> {
  const {group, resource, verbs} = right
  if (await kube.canI({verb: '*', group, resource, namespace})) return []
  const allowed = await Promise.all(verbs.map(verb => kube.canI({verb, group, resource, namespace})))
  const missing = verbs.filter((_, index) => !allowed[index])
  return missing.length === 0 ? [] : [{group, resource, verbs: missing}]
}

/** Throws, with the Role that would help, where the caller lacks any right that a cluster takes. */
export async function checkRights(kube: Kube, namespace: string): Promise<void> {
  const missing = (await Promise.all(rightsNeeded.map(right => lacking(kube, namespace, right)))).flat()
  const [first] = missing
  if (first === undefined) return
  const {group, resource, verbs} = first
  const others = missing.length - 1
  const more =
    others === 0 ? '' : `, and lack rights on ${others} more kind${others === 1 ? '' : 's'} of object`
  const what = `${verbs.join(', ')} ${resource}${group === '' ? '' : `.${group}`}`
  throw forbiddenError('FORBIDDEN', `you may not ${what}${more}`, {
    object: `namespace ${namespace}`,
    hints: ['Ask whoever administers the namespace to bind you to this Role:', roleFor(missing, namespace)],
  })
}
