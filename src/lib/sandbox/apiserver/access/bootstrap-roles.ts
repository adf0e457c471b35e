/** The roles that every cluster has, as `[apiGroups, resources, verbs]`. */
type Rights = readonly [groups: readonly string[], resources: readonly string[], verbs: readonly string[]]

const read = ['get', 'list', 'watch']
const write = ['create', 'delete', 'deletecollection', 'patch', 'update']
const rbac = 'rbac.authorization.k8s.io'

const viewable: readonly Rights[] = [
  [
    [''],
    [
      ...['configmaps', 'endpoints', 'persistentvolumeclaims', 'persistentvolumeclaims/status', 'pods'],
      ...['replicationcontrollers', 'replicationcontrollers/scale', 'serviceaccounts', 'services'],
      ...['services/status', 'bindings', 'events', 'limitranges', 'namespaces/status', 'pods/log'],
      ...[
        'pods/status',
        'replicationcontrollers/status',
        'resourcequotas',
        'resourcequotas/status',
        'namespaces',
      ],
    ],
    read,
  ],
  [['discovery.k8s.io'], ['endpointslices'], read],
  [
    ['apps'],
    [
      ...['controllerrevisions', 'daemonsets', 'daemonsets/status', 'deployments', 'deployments/scale'],
      ...['deployments/status', 'replicasets', 'replicasets/scale', 'replicasets/status', 'statefulsets'],
      ...['statefulsets/scale', 'statefulsets/status'],
    ],
    read,
  ],
  [['batch'], ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'], read],
  [['policy'], ['poddisruptionbudgets', 'poddisruptionbudgets/status'], read],
  [['networking.k8s.io'], ['ingresses', 'ingresses/status', 'networkpolicies'], read],
  [['coordination.k8s.io'], ['leases'], read],
]

const editable: readonly Rights[] = [
  [[''], ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'], read],
  [[''], ['serviceaccounts'], ['impersonate']],
  [
    [''],
    ['pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'pods/eviction'],
    ['create', 'delete', 'deletecollection', 'patch', 'update'],
  ],
  [
    [''],
    [
      ...['configmaps', 'events', 'persistentvolumeclaims', 'replicationcontrollers'],
      ...['replicationcontrollers/scale', 'secrets', 'serviceaccounts', 'services', 'services/proxy'],
    ],
    write,
  ],
  [[''], ['serviceaccounts/token'], ['create']],
  [
    ['apps'],
    [
      ...['daemonsets', 'deployments', 'deployments/rollback', 'deployments/scale', 'replicasets'],
      ...['replicasets/scale', 'statefulsets', 'statefulsets/scale'],
    ],
    write,
  ],
  [['batch'], ['cronjobs', 'jobs'], write],
  [['policy'], ['poddisruptionbudgets'], write],
  [['networking.k8s.io'], ['ingresses', 'networkpolicies'], write],
  [['coordination.k8s.io'], ['leases'], write],
]

const administrable: readonly Rights[] = [
  [['authorization.k8s.io'], ['localsubjectaccessreviews'], ['create']],
  [[rbac], ['rolebindings', 'roles'], [...read, ...write]],
]

const toRules = (rights: readonly Rights[]) =>
  rights.map(([apiGroups, resources, verbs]) => ({
    verbs: [...verbs],
    apiGroups: [...apiGroups],
    resources: [...resources],
  }))

const paths = (nonResourceURLs: readonly string[]) => [
  {verbs: ['get'], nonResourceURLs: [...nonResourceURLs]},
]

const health = ['/healthz', '/livez', '/readyz', '/version', '/version/']

/** Rules of the default ClusterRoles by name. */
export const defaultClusterRoles: Record<string, object[]> = {
  'cluster-admin': [
    {verbs: ['*'], apiGroups: ['*'], resources: ['*']},
    {verbs: ['*'], nonResourceURLs: ['*']},
  ],
  admin: toRules([...administrable, ...editable, ...viewable]),
  edit: toRules([...editable, ...viewable]),
  view: toRules(viewable),
  'system:discovery': paths(['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*', ...health]),
  'system:public-info-viewer': paths(health),
  'system:basic-user': toRules([
    [['authorization.k8s.io'], ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], ['create']],
    [['authentication.k8s.io'], ['selfsubjectreviews'], ['create']],
  ]),
  'system:auth-delegator': toRules([
    [['authentication.k8s.io'], ['tokenreviews'], ['create']],
    [['authorization.k8s.io'], ['subjectaccessreviews'], ['create']],
  ]),
}

/** Groups that the default ClusterRoleBindings of the same name bind. */
export const defaultBindings: Record<string, readonly string[]> = {
  'cluster-admin': ['system:masters'],
  'system:discovery': ['system:authenticated'],
  'system:basic-user': ['system:authenticated'],
  'system:public-info-viewer': ['system:authenticated', 'system:unauthenticated'],
}
