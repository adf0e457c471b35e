import {notFoundError} from '../errors.ts'
import type {KindRef} from '../ports.ts'
import {isRecord} from '../record.ts'

/** How a kind of object is reached: its plural in the URL, and whether it lives in namespaces. */
export interface Resource {
  plural: string
  namespaced: boolean
}

const table = (
  apiVersion: string,
  namespaced: boolean,
  kinds: Record<string, string>,
): [string, Resource][] =>
  Object.entries(kinds).map(([kind, plural]) => [`${apiVersion} ${kind}`, {plural, namespaced}])

/** The kinds that pgk always needs, so that no command starts with a discovery. */
const known: ReadonlyMap<string, Resource> = new Map([
  ...table('v1', true, {
    ConfigMap: 'configmaps',
    Endpoints: 'endpoints',
    Event: 'events',
    LimitRange: 'limitranges',
    PersistentVolumeClaim: 'persistentvolumeclaims',
    Pod: 'pods',
    ResourceQuota: 'resourcequotas',
    Secret: 'secrets',
    Service: 'services',
    ServiceAccount: 'serviceaccounts',
  }),
  ...table('v1', false, {Namespace: 'namespaces', Node: 'nodes', PersistentVolume: 'persistentvolumes'}),
  ...table('apps/v1', true, {
    Deployment: 'deployments',
    ReplicaSet: 'replicasets',
    StatefulSet: 'statefulsets',
  }),
  ...table('batch/v1', true, {CronJob: 'cronjobs', Job: 'jobs'}),
  ...table('coordination.k8s.io/v1', true, {Lease: 'leases'}),
  ...table('discovery.k8s.io/v1', true, {EndpointSlice: 'endpointslices'}),
  ...table('networking.k8s.io/v1', true, {NetworkPolicy: 'networkpolicies'}),
  ...table('policy/v1', true, {PodDisruptionBudget: 'poddisruptionbudgets'}),
  ...table('rbac.authorization.k8s.io/v1', true, {Role: 'roles', RoleBinding: 'rolebindings'}),
  ...table('rbac.authorization.k8s.io/v1', false, {
    ClusterRole: 'clusterroles',
    ClusterRoleBinding: 'clusterrolebindings',
  }),
  ...table('storage.k8s.io/v1', false, {StorageClass: 'storageclasses'}),
  ...table('scheduling.k8s.io/v1', false, {PriorityClass: 'priorityclasses'}),
  ...table('apiextensions.k8s.io/v1', false, {CustomResourceDefinition: 'customresourcedefinitions'}),
  ...table('postgres-operator.crunchydata.com/v1beta1', true, {PostgresCluster: 'postgresclusters'}),
])

export const groupPath = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`

/** Reads an `APIResourceList`; undefined stands for a group version that is not served at all. */
function kindsOf(list: unknown): Map<string, Resource> {
  const resources = isRecord(list) && Array.isArray(list['resources']) ? list['resources'] : []
  const kinds = new Map<string, Resource>()
  for (const item of resources) {
    if (!isRecord(item)) continue
    const {name, kind, namespaced} = item
    if (typeof name !== 'string' || typeof kind !== 'string' || name.includes('/')) continue
    kinds.set(kind, {plural: name, namespaced: namespaced === true})
  }
  return kinds
}

export interface Discovery {
  resource(kind: KindRef): Promise<Resource>
  serves(kind: KindRef): Promise<boolean>
}

/**
 * Knows where each kind is served. `read` gets one discovery document, undefined for a 404; a served group
 * version is asked for once, one that is missing again each time, since it may be installed meanwhile.
 */
export function discovery(read: (path: string) => Promise<unknown>): Discovery {
  const asked = new Map<string, Promise<Map<string, Resource> | undefined>>()
  const kindsIn = async (apiVersion: string): Promise<Map<string, Resource> | undefined> => {
    const earlier = asked.get(apiVersion)
    if (earlier) return earlier
    const answer = read(groupPath(apiVersion)).then(list => (list === undefined ? undefined : kindsOf(list)))
    asked.set(apiVersion, answer)
    const forget = () => asked.delete(apiVersion)
    await answer.then(kinds => kinds ?? forget(), forget)
    return answer
  }
  const find = async (kind: KindRef): Promise<Resource | undefined> => {
    const served = (await kindsIn(kind.apiVersion))?.get(kind.kind)
    if (!served) asked.delete(kind.apiVersion)
    return served
  }
  return {
    async resource(kind) {
      const found = known.get(`${kind.apiVersion} ${kind.kind}`) ?? (await find(kind))
      if (found) return found
      throw notFoundError('KIND_NOT_SERVED', 'this Kubernetes does not serve that kind of object', {
        object: `${kind.kind} (${kind.apiVersion})`,
        hints: ['Install what defines it, or correct apiVersion and kind.'],
      })
    },
    serves: async kind => (await find(kind)) !== undefined,
  }
}
