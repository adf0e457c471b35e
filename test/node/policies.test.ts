import {afterAll, beforeAll, expect, test} from 'vitest'
import {isInstalled, type KubectlSandbox, startKubectlSandbox} from './support/sandbox.ts'

/** Network policies, as the packets of pods find them. */
let sandbox: KubectlSandbox
const claim = test.skipIf(!isInstalled('kubectl'))
const serve = 'httpd -p 8080 -h /etc; httpd -p 9090 -h /etc; while :; do sleep 1; done'

const pod = (name: string, namespace: string, labels: Record<string, string>, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {name, namespace, labels},
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{name: 'main', image: 'localhost/busybox:1', command: ['sh', '-c', serve], ...more}],
  },
})
const policy = (name: string, spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: {name},
  spec,
})
const probed = {
  readinessProbe: {httpGet: {path: '/hostname', port: 8080}, periodSeconds: 1, failureThreshold: 1},
}
let address = ''

beforeAll(async () => {
  if (!isInstalled('kubectl')) return
  sandbox = await startKubectlSandbox('policies', 2, '10.236.0.0/16')
  await sandbox.must('create', 'namespace', 'shop')
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {name: 'db'},
    spec: {selector: {app: 'db'}, ports: [{port: 80, targetPort: 8080}]},
  }
  const pods = [
    pod('db', 'default', {app: 'db'}, probed),
    pod('client', 'default', {app: 'client'}),
    pod('other', 'shop', {app: 'client'}),
  ]
  await sandbox.give([...pods, service], 'create')
  await sandbox.must('wait', 'pod/db', 'pod/client', '--for=condition=Ready', '--timeout=60s')
  await sandbox.must('wait', 'pod/other', '-n', 'shop', '--for=condition=Ready', '--timeout=60s')
  address = await sandbox.must('get', 'pod', 'db', '-o', 'jsonpath={.status.podIP}')
})
afterAll(() => sandbox?.stop())

async function reaches(from: string, where: string, namespace = 'default'): Promise<boolean> {
  const [host, port] = where.split(':')
  const ask = `printf 'GET /hostname HTTP/1.0\\r\\n\\r\\n' | timeout 2 nc ${host} ${port} | grep -q ^db`
  return (await sandbox.kubectl(['exec', from, '-n', namespace, '--', 'sh', '-c', ask])).code === 0
}
const until = (wanted: boolean, from: string, where: string, namespace?: string) =>
  expect.poll(() => reaches(from, where, namespace), {timeout: 10_000}).toBe(wanted)

claim('a pod that is selected gets nothing that no policy allows, but its probes', async () => {
  expect(await reaches('client', `${address}:8080`)).toBe(true)
  await sandbox.give([policy('deny', {podSelector: {matchLabels: {app: 'db'}}})], 'create')
  await until(false, 'client', `${address}:8080`)
  expect(await reaches('client', 'db:80')).toBe(false)
  await new Promise(resolve => setTimeout(resolve, 3000))
  await sandbox.must('wait', 'pod/db', '--for=condition=Ready', '--timeout=1s')
  const answer = await sandbox.kubectl([
    'exec',
    'db',
    '--',
    'nslookup',
    'kubernetes.default.svc.cluster.local',
  ])
  expect(answer.code).toBe(0)
})

claim('what a rule names passes, by label, namespace and port, through the Service, too', async () => {
  const from = [{podSelector: {matchLabels: {app: 'client'}}}]
  const allow = {podSelector: {matchLabels: {app: 'db'}}, ingress: [{from, ports: [{port: 8080}]}]}
  await sandbox.give([policy('allow', allow)], 'create')
  await until(true, 'client', `${address}:8080`)
  expect(await reaches('client', 'db:80')).toBe(true)
  expect(await reaches('client', `${address}:9090`)).toBe(false)
  expect(await reaches('other', `${address}:8080`, 'shop')).toBe(false)
  const shop = {namespaceSelector: {matchLabels: {'kubernetes.io/metadata.name': 'shop'}}}
  await sandbox.give(
    [policy('allow', {...allow, ingress: [...allow.ingress, {from: [shop], ports: [{port: 9090}]}]})],
    'apply',
  )
  await until(true, 'other', `${address}:9090`, 'shop')
  expect(await reaches('other', `${address}:8080`, 'shop')).toBe(false)
})

claim('a pod that is recreated with another address is as restricted', async () => {
  await sandbox.must('delete', 'pod', 'db', '--now')
  await sandbox.give([pod('db', 'default', {app: 'db'}, probed)], 'create')
  await sandbox.must('wait', 'pod/db', '--for=condition=Ready', '--timeout=60s')
  address = await sandbox.must('get', 'pod', 'db', '-o', 'jsonpath={.status.podIP}')
  await until(true, 'client', `${address}:8080`)
  expect(await reaches('client', `${address}:9090`)).toBe(false)
})

claim(
  'what a pod sends is restricted on its side, and everything passes again without policies',
  async () => {
    const silence = {podSelector: {matchLabels: {app: 'client'}}, policyTypes: ['Egress']}
    await sandbox.give([policy('silence', silence)], 'create')
    await until(false, 'client', `${address}:8080`)
    await sandbox.must('delete', 'networkpolicies', '--all')
    await until(true, 'client', `${address}:9090`)
  },
)
