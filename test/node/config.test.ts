import type {ConfigMap, Container, Pod, Secret, Service} from 'kubernetes-types/core/v1.d.ts'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {configMaps, events, secrets, services} from '../../src/lib/sandbox/resources.ts'
import {isReady, namespace, shell, startTestNodes, type TestNodes} from './support/cluster.ts'
import {Collector, never} from './support/collect.ts'

const pause = 'trap "exit 0" TERM; while :; do sleep 1 & wait; done'
let cluster: TestNodes

beforeAll(async () => {
  cluster = await startTestNodes('config', 40)
  cluster.registry.create<ConfigMap>(configMaps, {
    metadata: {name: 'c', namespace},
    data: {FROM_MAP: 'map', key: 'k'},
  })
  cluster.registry.create<Secret>(secrets, {
    metadata: {name: 's', namespace},
    data: {word: Buffer.from('secret').toString('base64')},
  })
  cluster.registry.create<Service>(services, {
    metadata: {name: 'kubernetes', namespace: 'default'},
    spec: {clusterIP: '10.232.0.1', ports: [{name: 'https', port: 443}]},
  })
  cluster.registry.create<Service>(services, {
    metadata: {name: 'my-db', namespace},
    spec: {clusterIP: '10.232.0.9', ports: [{port: 5432}]},
  })
})
afterAll(() => cluster?.stop())

async function output(name: string, script: string, container = 'main'): Promise<string> {
  const pod = cluster.pod(name)
  if (!pod) throw new Error(`${name} is gone`)
  const stdout = new Collector()
  const command = ['sh', '-c', script]
  await cluster.nodes.streams.exec(pod, {
    container,
    command,
    tty: false,
    stdout,
    stderr: stdout,
    signal: never(),
  })
  return stdout.text
}

const waiting = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state?.waiting
const main = (more: Partial<Container>): Container => ({...shell('main', pause), ...more})

test('a container gets its variables from everywhere they can come from', async () => {
  cluster.run(
    'env',
    {
      containers: [
        main({
          envFrom: [{configMapRef: {name: 'c'}}, {prefix: 'S_', secretRef: {name: 's'}}],
          env: [
            {name: 'PLAIN', value: 'a'},
            {name: 'NAME', valueFrom: {fieldRef: {fieldPath: 'metadata.name'}}},
            {name: 'ADDRESS', value: '$(NAME).svc:$(MY_DB_SERVICE_PORT) $(UNKNOWN) $$(NAME)'},
            {name: 'IP', valueFrom: {fieldRef: {fieldPath: 'status.podIP'}}},
            {name: 'LABEL', valueFrom: {fieldRef: {fieldPath: "metadata.labels['x/y']"}}},
            {name: 'KEY', valueFrom: {configMapKeyRef: {name: 'c', key: 'key'}}},
            {name: 'WORD', valueFrom: {secretKeyRef: {name: 's', key: 'word'}}},
            {name: 'NONE', valueFrom: {secretKeyRef: {name: 'absent', key: 'x', optional: true}}},
            {name: 'CPU', valueFrom: {resourceFieldRef: {resource: 'limits.cpu', divisor: '1m'}}},
          ],
          resources: {limits: {cpu: '250m', memory: '64Mi'}},
        }),
      ],
    },
    {metadata: {labels: {'x/y': 'z'}}},
  )
  const pod = await cluster.until('env', isReady)
  const found = new Map(
    (await output('env', 'env')).split('\n').map(line => line.split(/=(.*)/) as [string, string]),
  )
  const expected = {
    PLAIN: 'a',
    NAME: 'env',
    ADDRESS: 'env.svc:5432 $(UNKNOWN) $(NAME)',
    IP: pod.status?.podIP,
    LABEL: 'z',
    KEY: 'k',
    WORD: 'secret',
    CPU: '250',
    FROM_MAP: 'map',
    S_word: 'secret',
    FROM_IMAGE: 'yes',
    HOSTNAME: 'env',
    KUBERNETES_SERVICE_HOST: '10.232.0.1',
    KUBERNETES_SERVICE_PORT_HTTPS: '443',
    MY_DB_PORT: 'tcp://10.232.0.9:5432',
  }
  expect(Object.fromEntries([...found].filter(([key]) => key in expected))).toEqual(expected)
  expect(found.has('NONE')).toBe(false)
})

test('names resolve through the cluster’s DNS and the pod’s own hosts file', async () => {
  cluster.run('named', {
    hostname: 'named-0',
    subdomain: 'group',
    hostAliases: [{ip: '10.9.9.9', hostnames: ['elsewhere']}],
    containers: [main({})],
  })
  const pod = await cluster.until('named', isReady)
  expect(await output('named', 'hostname')).toBe('named-0\n')
  const resolver = await output('named', 'cat /etc/resolv.conf')
  expect(resolver).toContain('nameserver 10.232.0.10\n')
  expect(resolver).toMatch(/search test\.svc\.cluster\.local svc\.cluster\.local cluster\.local/)
  expect(resolver).toContain('options ndots:5')
  const hosts = await output('named', 'cat /etc/hosts')
  expect(hosts).toContain(`${pod.status?.podIP}\tnamed-0.group.test.svc.cluster.local\tnamed-0\n`)
  expect(hosts).toContain('10.9.9.9\telsewhere\n')
})

test('a confined container has no rights and cannot gain any', async () => {
  cluster.run('strict', {
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      supplementalGroups: [4000],
      seccompProfile: {type: 'RuntimeDefault'},
    },
    containers: [
      main({
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: {drop: ['ALL']},
        },
      }),
    ],
  })
  const pod = await cluster.until('strict', isReady)
  expect(await output('strict', 'id -u; id -g; id -G')).toBe('1000\n1000\n1000 4000\n')
  const status = await output('strict', 'cat /proc/self/status')
  expect(status).toMatch(/CapEff:\t0+\n/)
  expect(status).toMatch(/CapBnd:\t0+\n/)
  expect(status).toContain('NoNewPrivs:\t1')
  expect(status).toContain('Seccomp:\t2')
  expect(pod.status?.containerStatuses?.[0]).toMatchObject({
    user: {linux: {uid: 1000, gid: 1000, supplementalGroups: [1000, 4000]}},
  })
  expect(await output('strict', 'echo 1 > /proc/sys/kernel/hostname; cat /proc/kcore')).toMatch(
    /(Read-only|denied)/,
  )
})

test('capabilities can be added, and an unconfined container has no filter', async () => {
  const securityContext = {capabilities: {drop: ['ALL'], add: ['NET_ADMIN']}}
  cluster.run('able', {containers: [main({securityContext})]})
  await cluster.until('able', isReady)
  const status = await output('able', 'cat /proc/self/status')
  expect(status).toContain('CapEff:\t0000000000001000')
  expect(status).toContain('Seccomp:\t0')
})

test('limits reach the kernel', async () => {
  const resources = {requests: {cpu: '100m', memory: '16Mi'}, limits: {cpu: '500m', memory: '32Mi'}}
  cluster.run('limited', {containers: [main({resources})]})
  const pod = await cluster.until('limited', isReady)
  expect(pod.status?.qosClass).toBe('Burstable')
  const file =
    'for f in /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max; do [ -e $f ] && cat $f; done'
  expect((await output('limited', file)).trim()).toBe(String(32 * 1024 * 1024))
})

test('a container over its memory limit is killed for that', async () => {
  const resources = {limits: {memory: '16Mi'}}
  const container = {...shell('main', 'x=$(head -c 60000000 /dev/zero | tail -c 60000000)'), resources}
  cluster.run('greedy', {restartPolicy: 'Never', containers: [container]})
  const pod = await cluster.until('greedy', each => each.status?.phase === 'Failed')
  expect(pod.status?.containerStatuses?.[0]?.state?.terminated?.reason).toBe('OOMKilled')
})

test('a container that must not be root is refused as root', async () => {
  cluster.run('root', {containers: [main({securityContext: {runAsNonRoot: true}})]})
  const pod = await cluster.until('root', each => waiting(each)?.reason === 'CreateContainerConfigError')
  expect(waiting(pod)?.message).toMatch(
    /^container has runAsNonRoot and image will run as root \(pod: "root_test\(/,
  )
})

test('a missing ConfigMap key stops a container until it appears', async () => {
  const env = [{name: 'X', valueFrom: {configMapKeyRef: {name: 'c', key: 'later'}}}]
  cluster.run('key', {containers: [main({env})]})
  const pod = await cluster.until('key', each => waiting(each)?.reason === 'CreateContainerConfigError')
  expect(waiting(pod)?.message).toBe("couldn't find key later in ConfigMap test/c")
  cluster.registry.modify(configMaps, namespace, 'c', draft => {
    Object.assign(draft, {data: {...draft.data, later: 'there'}})
  })
  await cluster.until('key', isReady, 3)
  expect(await output('key', 'echo $X')).toBe('there\n')
})

test('an absent image is told in Kubernetes’ words, an alias is resolved', async () => {
  cluster.run('absent', {containers: [main({image: 'localhost/absent:1'})]})
  const failed = await cluster.until('absent', each => waiting(each)?.reason === 'ErrImagePull')
  expect(waiting(failed)?.message).toContain('failed to pull and unpack image "localhost/absent:1"')
  const backed = await cluster.until('absent', each => waiting(each)?.reason === 'ImagePullBackOff')
  expect(waiting(backed)?.message).toContain('Back-off pulling image "localhost/absent:1"')
  cluster.run('never', {containers: [main({image: 'localhost/absent:1', imagePullPolicy: 'Never'})]})
  await cluster.until('never', each => waiting(each)?.reason === 'ErrImageNeverPull')
  cluster.run('alias', {containers: [main({image: 'registry.example.com/alias:9'})]})
  const pod = await cluster.until('alias', isReady)
  expect(pod.status?.containerStatuses?.[0]?.image).toBe('registry.example.com/alias:9')
})

test('a command that cannot start is told as such', async () => {
  cluster.run('nocommand', {restartPolicy: 'Never', containers: [main({command: ['/nothing']})]})
  const pod = await cluster.until('nocommand', each => each.status?.phase === 'Failed')
  expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
    exitCode: 128,
    reason: 'StartError',
  })
  const told = cluster.registry.list(events).filter(each => each.involvedObject.name === 'nocommand')
  expect(told.find(each => each.reason === 'Failed')?.message).toMatch(
    /^Error: failed to create containerd task: .*\/nothing/s,
  )
})

test('probes decide readiness and restart what is not alive', async () => {
  const probed = shell(
    'main',
    'httpd -p 8080 -h /tmp; touch /tmp/live; sleep 1; touch /tmp/ready; while :; do sleep 1; done',
  )
  cluster.run('probed', {
    containers: [
      {
        ...probed,
        readinessProbe: {httpGet: {path: '/ready', port: 8080}, periodSeconds: 1},
        livenessProbe: {exec: {command: ['cat', '/tmp/live']}, periodSeconds: 1, failureThreshold: 2},
        startupProbe: {tcpSocket: {port: 8080}, periodSeconds: 1},
      },
    ],
  })
  const began = await cluster.until('probed', each => each.status?.containerStatuses?.[0]?.started === true)
  expect(began.status?.containerStatuses?.[0]?.ready).toBe(false)
  await cluster.until('probed', isReady)
  const unready = cluster.registry
    .list(events)
    .find(each => each.message?.startsWith('Readiness probe failed'))
  expect(unready?.message).toBe('Readiness probe failed: HTTP probe failed with statuscode: 404')
  await output('probed', 'rm /tmp/live || busybox rm /tmp/live')
  const again = await cluster.until('probed', each => each.status?.containerStatuses?.[0]?.restartCount === 1)
  expect(again.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(137)
  const killing = cluster.registry.list(events).find(each => each.message?.includes('failed liveness'))
  expect(killing?.message).toBe('Container main failed liveness probe, will be restarted')
})
