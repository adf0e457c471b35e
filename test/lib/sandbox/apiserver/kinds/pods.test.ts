import {expect, test} from 'vitest'
import {at} from '../../../../../src/lib/sandbox/apiserver/kinds/fields.ts'
import {pullPolicyFor} from '../../../../../src/lib/sandbox/apiserver/kinds/pods/containers.ts'
import {contextOf, create, type Json, kindOf, setSpec, table, update, usual} from './fixture.ts'

const pods = kindOf(table(), 'pods')
const pod = (spec: Json = {}): Json => ({
  metadata: {name: 'p'},
  spec: {containers: [{name: 'c', image: 'busybox:1'}], ...spec},
})

test('a pod is completed as a real API completes it', () => {
  const made = create(pods, pod())
  expect(made['spec']).toMatchObject({
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
    serviceAccountName: 'default',
    serviceAccount: 'default',
    enableServiceLinks: true,
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
  })
  expect(made['status']).toEqual({phase: 'Pending', qosClass: 'BestEffort'})
  expect(at(made, 'metadata', 'generation')).toBe(1)
})

test('every container gets the token of the service account', () => {
  const made = create(pods, pod({initContainers: [{name: 'i', image: 'i'}]}))
  const mount = {
    name: 'kube-api-access-abcde',
    readOnly: true,
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  }
  expect(at(made, 'spec', 'containers', 0, 'volumeMounts')).toEqual([mount])
  expect(at(made, 'spec', 'initContainers', 0, 'volumeMounts')).toEqual([mount])
  expect(at(made, 'spec', 'volumes', 0, 'projected', 'sources', 0)).toEqual({
    serviceAccountToken: {expirationSeconds: 3607, path: 'token'},
  })
})

test('a pod or its account can do without the token', () => {
  expect(at(create(pods, pod({automountServiceAccountToken: false})), 'spec', 'volumes')).toBeUndefined()
  const account = {metadata: {name: 'default', namespace: 'ns'}, automountServiceAccountToken: false}
  const made = create(pods, pod(), contextOf({...usual, serviceaccounts: [account]}))
  expect(at(made, 'spec', 'volumes')).toBeUndefined()
})

test('a pod of an unknown account is refused', () => {
  expect(() => create(pods, pod({serviceAccountName: 'gone'}))).toThrow(
    'pods "p" is forbidden: error looking up service account ns/gone: serviceaccount "gone" not found',
  )
})

test('lost nodes are tolerated for five minutes unless the pod says otherwise', () => {
  const own = {
    key: 'node.kubernetes.io/not-ready',
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 5,
  }
  expect(at(create(pods, pod({tolerations: [own]})), 'spec', 'tolerations')).toEqual([
    own,
    {key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300},
  ])
})

test('limits are requests where there are none, and decide the quality of service', () => {
  const resources = {limits: {cpu: '1000m', memory: '1024Mi'}}
  const made = create(pods, pod({containers: [{name: 'c', image: 'i', resources}]}))
  expect(at(made, 'spec', 'containers', 0, 'resources')).toEqual({
    limits: {cpu: '1', memory: '1Gi'},
    requests: {cpu: '1', memory: '1Gi'},
  })
  expect(at(made, 'status', 'qosClass')).toBe('Guaranteed')
})

test('volumes get their modes, and one without a source is an empty directory', () => {
  const volumes = [{name: 'a'}, {name: 'b', secret: {secretName: 's'}}, {name: 'c', hostPath: {path: '/x'}}]
  expect(at(create(pods, pod({automountServiceAccountToken: false, volumes})), 'spec', 'volumes')).toEqual([
    {name: 'a', emptyDir: {}},
    {name: 'b', secret: {secretName: 's', defaultMode: 420}},
    {name: 'c', hostPath: {path: '/x', type: ''}},
  ])
})

test('what Go leaves out when it is empty is left out', () => {
  const container = {name: 'c', image: 'i', env: [{name: 'A', value: ''}], stdin: false, args: [], tty: null}
  const made = create(pods, pod({containers: [container], hostNetwork: false, nodeSelector: {}}))
  expect(at(made, 'spec', 'containers', 0, 'env')).toEqual([{name: 'A'}])
  for (const key of ['stdin', 'args', 'tty']) expect(at(made, 'spec', 'containers', 0, key)).toBeUndefined()
  for (const key of ['hostNetwork', 'nodeSelector']) expect(at(made, 'spec', key)).toBeUndefined()
})

test('zero stays where Kubernetes tells it from absent', () => {
  const made = create(pods, pod({terminationGracePeriodSeconds: 0, securityContext: {runAsUser: 0}}))
  expect(at(made, 'spec', 'terminationGracePeriodSeconds')).toBe(0)
  expect(at(made, 'spec', 'securityContext', 'runAsUser')).toBe(0)
})

test.each([
  ['busybox', 'Always'],
  ['busybox:latest', 'Always'],
  ['localhost:5000/busybox', 'Always'],
  ['localhost:5000/busybox:1', 'IfNotPresent'],
  ['busybox@sha256:abc', 'IfNotPresent'],
])('the image %s is pulled %s', (image, policy) => {
  expect(pullPolicyFor(image)).toBe(policy)
})

test.each<[Json, string]>([
  [{containers: []}, 'spec.containers: Required value'],
  [
    {containers: [{name: 'C', image: 'i'}]},
    'spec.containers[0].name: Invalid value: "C": a lowercase RFC 1123 label',
  ],
  [{containers: [{name: 'c'}]}, 'spec.containers[0].image: Required value'],
  [
    {containers: [{name: 'c', image: 'i', volumeMounts: [{name: 'v', mountPath: '/v'}]}]},
    'spec.containers[0].volumeMounts[0].name: Not found: "v"',
  ],
  [
    {restartPolicy: 'Sometimes'},
    'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
  ],
  [
    {containers: [{name: 'c', image: 'i', resources: {requests: {cpu: '2'}, limits: {cpu: '1'}}}]},
    'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
  ],
  [
    {containers: [{name: 'c', image: 'i', livenessProbe: {}}]},
    'spec.containers[0].livenessProbe: Required value: must specify a handler type',
  ],
  [
    {volumes: [{name: 'a', emptyDir: {}, secret: {secretName: 's'}}]},
    'spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type',
  ],
  [
    {topologySpreadConstraints: [{maxSkew: 0, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule'}]},
    'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
  ],
])('a pod with %j is invalid', (spec, sentence) => {
  expect(() => create(pods, pod(spec))).toThrow(sentence)
})

test('of a running pod only images, tolerations and deadlines change', () => {
  const old = create(pods, pod())
  const changed = update(pods, old, setSpec('activeDeadlineSeconds', 5))
  expect(at(changed, 'metadata', 'generation')).toBe(2)
  expect(() => update(pods, old, setSpec('hostname', 'h'))).toThrow(
    'Pod "p" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`',
  )
})

test('the scheduler binds a pod once, others never do', () => {
  const old = create(pods, pod())
  const bob = contextOf(usual, {name: 'bob', groups: []})
  const bound = update(pods, old, setSpec('nodeName', 'n1'))
  expect(at(bound, 'spec', 'nodeName')).toBe('n1')
  expect(() => update(pods, old, setSpec('nodeName', 'n1'), bob)).toThrow('Forbidden')
  const account = {name: 'system:serviceaccount:ns:a', groups: ['system:serviceaccounts']}
  expect(() => update(pods, old, setSpec('nodeName', 'n1'), contextOf(usual, account))).toThrow('Forbidden')
  expect(() => update(pods, bound, setSpec('nodeName', 'n2'))).toThrow('Forbidden')
})
