import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  ReplicaSet,
  StatefulSet,
} from 'kubernetes-types/apps/v1.d.ts'
import type {CronJob, Job} from 'kubernetes-types/batch/v1.d.ts'
import type {Lease} from 'kubernetes-types/coordination/v1.d.ts'
import type {
  ConfigMap,
  Endpoints,
  Event,
  LimitRange,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ResourceQuota,
  Secret,
  Service,
  ServiceAccount,
} from 'kubernetes-types/core/v1.d.ts'
import type {EndpointSlice} from 'kubernetes-types/discovery/v1.d.ts'
import type {NetworkPolicy} from 'kubernetes-types/networking/v1.d.ts'
import type {PodDisruptionBudget} from 'kubernetes-types/policy/v1.d.ts'
import type {ClusterRole, ClusterRoleBinding, Role, RoleBinding} from 'kubernetes-types/rbac/v1.d.ts'
import type {PriorityClass} from 'kubernetes-types/scheduling/v1.d.ts'
import type {StorageClass} from 'kubernetes-types/storage/v1.d.ts'
import type {KubeObject, ResourceType} from './registry.ts'

const inGroup =
  (group: string, version: string, namespaced: boolean) =>
  <T extends KubeObject>(plural: string, kind: string): ResourceType<T> => ({
    group,
    version,
    plural,
    kind,
    namespaced,
  })

const core = inGroup('', 'v1', true)
const coreCluster = inGroup('', 'v1', false)
const apps = inGroup('apps', 'v1', true)
const batch = inGroup('batch', 'v1', true)
const rbac = 'rbac.authorization.k8s.io'

export const namespaces = coreCluster<Namespace>('namespaces', 'Namespace')
export const nodes = coreCluster<Node>('nodes', 'Node')
export const persistentVolumes = coreCluster<PersistentVolume>('persistentvolumes', 'PersistentVolume')
export const pods = core<Pod>('pods', 'Pod')
export const services = core<Service>('services', 'Service')
export const endpoints = core<Endpoints>('endpoints', 'Endpoints')
export const configMaps = core<ConfigMap>('configmaps', 'ConfigMap')
export const secrets = core<Secret>('secrets', 'Secret')
export const serviceAccounts = core<ServiceAccount>('serviceaccounts', 'ServiceAccount')
export const events = core<Event>('events', 'Event')
export const limitRanges = core<LimitRange>('limitranges', 'LimitRange')
export const resourceQuotas = core<ResourceQuota>('resourcequotas', 'ResourceQuota')
export const persistentVolumeClaims = core<PersistentVolumeClaim>(
  'persistentvolumeclaims',
  'PersistentVolumeClaim',
)
export const statefulSets = apps<StatefulSet>('statefulsets', 'StatefulSet')
export const deployments = apps<Deployment>('deployments', 'Deployment')
export const replicaSets = apps<ReplicaSet>('replicasets', 'ReplicaSet')
export const daemonSets = apps<DaemonSet>('daemonsets', 'DaemonSet')
export const controllerRevisions = apps<ControllerRevision>('controllerrevisions', 'ControllerRevision')
export const jobs = batch<Job>('jobs', 'Job')
export const cronJobs = batch<CronJob>('cronjobs', 'CronJob')
export const leases = inGroup('coordination.k8s.io', 'v1', true)<Lease>('leases', 'Lease')
export const endpointSlices = inGroup(
  'discovery.k8s.io',
  'v1',
  true,
)<EndpointSlice>('endpointslices', 'EndpointSlice')
export const networkPolicies = inGroup(
  'networking.k8s.io',
  'v1',
  true,
)<NetworkPolicy>('networkpolicies', 'NetworkPolicy')
export const podDisruptionBudgets = inGroup(
  'policy',
  'v1',
  true,
)<PodDisruptionBudget>('poddisruptionbudgets', 'PodDisruptionBudget')
export const roles = inGroup(rbac, 'v1', true)<Role>('roles', 'Role')
export const roleBindings = inGroup(rbac, 'v1', true)<RoleBinding>('rolebindings', 'RoleBinding')
export const clusterRoles = inGroup(rbac, 'v1', false)<ClusterRole>('clusterroles', 'ClusterRole')
export const clusterRoleBindings = inGroup(
  rbac,
  'v1',
  false,
)<ClusterRoleBinding>('clusterrolebindings', 'ClusterRoleBinding')
export const storageClasses = inGroup(
  'storage.k8s.io',
  'v1',
  false,
)<StorageClass>('storageclasses', 'StorageClass')
export const priorityClasses = inGroup(
  'scheduling.k8s.io',
  'v1',
  false,
)<PriorityClass>('priorityclasses', 'PriorityClass')
