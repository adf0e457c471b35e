import {execFileSync} from 'node:child_process'
import {realpathSync} from 'node:fs'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {isInstalled, type KubectlSandbox, startKubectlSandbox} from './support/sandbox.ts'

/** What pods see of a cluster from inside. */
let sandbox: KubectlSandbox
const image = 'localhost/busybox:1'
const must = (...args: string[]) => sandbox.must(...args)
const sh = (pod: string, script: string) => sandbox.kubectl(['exec', pod, '--', 'sh', '-c', script])
/** A program without libraries, so that it runs in any image; in a pod it speaks with the pod's own token. */
const hasKubectl = isInstalled('kubectl')
const kubectlFile = hasKubectl
  ? realpathSync(execFileSync('sh', ['-c', 'command -v kubectl']).toString().trim())
  : ''
/** All of them need kubectl; they are skipped where it is not installed. */
const claim = test.skipIf(!hasKubectl)

const pause = 'trap "exit 0" TERM; while :; do sleep 1 & wait; done'
const labels = {app: 'set'}
const set = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: {name: 'set'},
  spec: {
    serviceName: 'set',
    replicas: 2,
    podManagementPolicy: 'Parallel',
    selector: {matchLabels: labels},
    template: {
      metadata: {labels},
      spec: {
        terminationGracePeriodSeconds: 1,
        volumes: [
          {name: 'config', configMap: {name: 'config'}},
          {name: 'secret', secret: {secretName: 'secret'}},
          {name: 'kubectl', hostPath: {path: kubectlFile, type: 'File'}},
        ],
        containers: [
          {
            name: 'main',
            image,
            command: ['sh', '-c', `httpd -p 8080 -h /etc; ${pause}`],
            volumeMounts: [
              {name: 'data', mountPath: '/data'},
              {name: 'config', mountPath: '/config'},
              {name: 'secret', mountPath: '/secret'},
              {name: 'kubectl', mountPath: '/usr/local/bin/kubectl'},
            ],
          },
        ],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: {name: 'data'},
        spec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Mi'}}},
      },
    ],
  },
}
const headless = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {name: 'set'},
  spec: {clusterIP: 'None', selector: labels, ports: [{name: 'web', port: 8080}]},
}
const leader = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {name: 'leader'},
  spec: {ports: [{port: 80, targetPort: 8080}]},
}

beforeAll(async () => {
  if (!hasKubectl) return
  sandbox = await startKubectlSandbox('behaviours', 2, '10.237.0.0/16')
  await must('create', 'configmap', 'config', '--from-literal=key=before')
  await must('create', 'secret', 'generic', 'secret', '--from-literal=key=before')
  await sandbox.give([headless, leader, set], 'create')
  await must('rollout', 'status', 'sts/set', '--timeout=60s')
})
afterAll(() => sandbox?.stop())

claim('a pod may do what its account may, and is told so in the API’s words', async () => {
  const secrets = '/usr/local/bin/kubectl get secrets 2>&1'
  expect((await sh('set-0', secrets)).stdout).toContain(
    'User "system:serviceaccount:default:default" cannot list resource "secrets" in API group "" in the namespace "default"',
  )
  await must('create', 'role', 'reader', '--verb=list', '--resource=secrets')
  await must('create', 'rolebinding', 'reader', '--role=reader', '--serviceaccount=default:default')
  expect((await sh('set-0', secrets)).stdout).toContain('secret   Opaque')
  await must('delete', 'rolebinding', 'reader')
  expect((await sh('set-0', secrets)).stdout).toContain('cannot list resource "secrets"')
})

claim('a Service without selector leads to the Endpoints that a pod writes', async () => {
  await must('create', 'role', 'elector', '--verb=create', '--resource=endpoints')
  await must('create', 'rolebinding', 'elector', '--role=elector', '--serviceaccount=default:default')
  const subsets = '[{"addresses":[{"ip":"%s"}],"ports":[{"port":8080}]}]'
  const object = `{"apiVersion":"v1","kind":"Endpoints","metadata":{"name":"leader"},"subsets":${subsets}}`
  const write = `printf '${object}' "$(hostname -i)" | /usr/local/bin/kubectl create -f - 2>&1`
  expect((await sh('set-1', write)).stdout).toContain('endpoints/leader created')
  await expect
    .poll(
      async () =>
        (await sh('set-0', 'printf "GET /hostname HTTP/1.0\\r\\n\\r\\n" | nc -w 2 leader 80')).stdout,
      {
        timeout: 10_000,
      },
    )
    .toContain('set-1')
})

claim('pods have names of their own, and the Service tells their ports', async () => {
  const ip = await must('get', 'pod', 'set-1', '-o', 'jsonpath={.status.podIP}')
  expect((await sh('set-0', 'nslookup set-1.set.default.svc.cluster.local')).stdout).toContain(ip)
  const records = await sh('set-0', 'nslookup -type=srv _web._tcp.set.default.svc.cluster.local')
  expect(records.stdout).toMatch(/service = \d+ \d+ 8080 set-0\.set\.default\.svc\.cluster\.local/)
  expect(records.stdout).toMatch(/service = \d+ \d+ 8080 set-1\.set\.default\.svc\.cluster\.local/)
})

claim(
  'a pod of a StatefulSet comes back under its name, with its data; scaled away, it leaves its claim',
  async () => {
    await sh('set-1', 'echo mine > /data/file')
    const uid = () => must('get', 'pod', 'set-1', '-o', 'jsonpath={.metadata.uid}')
    const before = await uid()
    await must('delete', 'pod', 'set-1')
    await must('rollout', 'status', 'sts/set', '--timeout=60s')
    expect(await uid()).not.toBe(before)
    expect((await sh('set-1', 'hostname; cat /data/file')).stdout).toBe('set-1\nmine\n')
    await must('scale', 'sts', 'set', '--replicas=1')
    await must('wait', 'pod/set-1', '--for=delete', '--timeout=30s')
    expect(await must('get', 'pvc', '-o', 'name')).toContain('persistentvolumeclaim/data-set-1\n')
    await must('scale', 'sts', 'set', '--replicas=2')
    await must('rollout', 'status', 'sts/set', '--timeout=60s')
    expect((await sh('set-1', 'cat /data/file')).stdout).toBe('mine\n')
  },
)

claim('changed ConfigMaps and Secrets reach running pods by themselves', async () => {
  await must('patch', 'configmap', 'config', '-p', '{"data":{"key":"after"}}')
  await must('patch', 'secret', 'secret', '-p', '{"stringData":{"key":"after"}}')
  await expect
    .poll(async () => (await sh('set-0', 'cat /config/key /secret/key')).stdout, {
      timeout: 120_000,
      interval: 500,
    })
    .toBe('afterafter')
})
