/**
 * What the generated client models do not say about fields: how lists and maps merge, which strings are
 * quantities, which scalars keep their zero value (pointers in Go). Keys are `Model.field`.
 */

/** Lists merged by these keys in server-side apply. A second entry of `patchKeys` overrides the first key. */
export const mapLists: Record<string, readonly string[]> = {
  'V1ObjectMeta.ownerReferences': ['uid'],
  'V1PodSpec.containers': ['name'],
  'V1PodSpec.initContainers': ['name'],
  'V1PodSpec.ephemeralContainers': ['name'],
  'V1PodSpec.volumes': ['name'],
  'V1PodSpec.imagePullSecrets': ['name'],
  'V1PodSpec.hostAliases': ['ip'],
  'V1PodSpec.topologySpreadConstraints': ['topologyKey', 'whenUnsatisfiable'],
  'V1PodSpec.schedulingGates': ['name'],
  'V1PodSpec.resourceClaims': ['name'],
  'V1Container.env': ['name'],
  'V1Container.ports': ['containerPort', 'protocol'],
  'V1Container.volumeMounts': ['mountPath'],
  'V1Container.volumeDevices': ['devicePath'],
  'V1EphemeralContainer.env': ['name'],
  'V1EphemeralContainer.ports': ['containerPort', 'protocol'],
  'V1EphemeralContainer.volumeMounts': ['mountPath'],
  'V1EphemeralContainer.volumeDevices': ['devicePath'],
  'V1ResourceRequirements.claims': ['name'],
  'V1PodStatus.conditions': ['type'],
  'V1PodStatus.podIPs': ['ip'],
  'V1PodStatus.resourceClaimStatuses': ['name'],
  'V1NodeStatus.conditions': ['type'],
  'V1NodeStatus.addresses': ['type'],
  'V1NamespaceStatus.conditions': ['type'],
  'V1ServiceSpec.ports': ['port', 'protocol'],
  'V1ServiceStatus.conditions': ['type'],
  'V1ServiceAccount.secrets': ['name'],
  'V1PersistentVolumeClaimStatus.conditions': ['type'],
  'V1StatefulSetStatus.conditions': ['type'],
  'V1DeploymentStatus.conditions': ['type'],
  'V1ReplicaSetStatus.conditions': ['type'],
  'V1DaemonSetStatus.conditions': ['type'],
  'V1PodDisruptionBudgetStatus.conditions': ['type'],
  'V1CustomResourceDefinitionStatus.conditions': ['type'],
}

/** The one key of strategic merge, where it is not the first key above or where apply treats the list as atomic. */
export const patchKeys: Record<string, string> = {
  'V1JobStatus.conditions': 'type',
  'V1PodStatus.hostIPs': 'ip',
}

/** Strategic merge of these drops the members that the patch does not name. */
export const retainKeys: readonly string[] = [
  'V1PodSpec.volumes',
  'V1PodSpec.resourceClaims',
  'V1DeploymentSpec.strategy',
]

/** Lists of scalars merged as sets, in both kinds of patch. */
export const sets: readonly string[] = ['V1ObjectMeta.finalizers', 'V1NodeSpec.podCIDRs']

/** Sets for apply only. */
export const appliedSets: readonly string[] = ['V1Endpoint.addresses']

/** Objects that apply owns as a whole. */
export const atomicModels: readonly string[] = [
  'V1LabelSelector',
  'V1LocalObjectReference',
  'V1ObjectReference',
  'V1TypedLocalObjectReference',
  'V1SecretReference',
  'V1SecretKeySelector',
  'V1ConfigMapKeySelector',
  'V1ObjectFieldSelector',
  'V1ResourceFieldSelector',
  'V1FileKeySelector',
  'V1NodeSelector',
  'V1NodeSelectorTerm',
  'V1TopologySelectorTerm',
  'V1ScopeSelector',
  'V1ScopedResourceSelectorRequirement',
  'V1RoleRef',
  'RbacV1Subject',
  'V1OwnerReference',
]

/** Maps that apply owns as a whole. */
export const atomicMaps: readonly string[] = ['V1ServiceSpec.selector', 'V1PodSpec.nodeSelector']

/** Strings, or maps of strings, in the quantity notation. */
export const quantities: readonly string[] = [
  'V1ResourceRequirements.limits',
  'V1ResourceRequirements.requests',
  'V1VolumeResourceRequirements.limits',
  'V1VolumeResourceRequirements.requests',
  'V1PersistentVolumeSpec.capacity',
  'V1PersistentVolumeClaimStatus.capacity',
  'V1PersistentVolumeClaimStatus.allocatedResources',
  'V1NodeStatus.capacity',
  'V1NodeStatus.allocatable',
  'V1ResourceQuotaSpec.hard',
  'V1ResourceQuotaStatus.hard',
  'V1ResourceQuotaStatus.used',
  'V1LimitRangeItem.default',
  'V1LimitRangeItem.defaultRequest',
  'V1LimitRangeItem.max',
  'V1LimitRangeItem.min',
  'V1LimitRangeItem.maxLimitRequestRatio',
  'V1PodSpec.overhead',
  'V1ContainerStatus.allocatedResources',
  'V1PodStatus.allocatedResources',
  'V1EmptyDirVolumeSource.sizeLimit',
  'V1ResourceFieldSelector.divisor',
]

/** Values that a list key takes when it is absent. */
export const keyDefaults: Record<string, unknown> = {
  'V1ContainerPort.protocol': 'TCP',
  'V1ServicePort.protocol': 'TCP',
}

/** Atomic for apply although its strategic merge has a key or none. */
export const atomicLists: readonly string[] = ['V1JobStatus.conditions']
