import {execFileSync} from 'node:child_process'
import {existsSync, mkdirSync, readdirSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {
  ConfigMap,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
} from 'kubernetes-types/core/v1.d.ts'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {
  configMaps,
  events,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  secrets,
} from '../../src/lib/sandbox/resources.ts'
import {isReady, namespace, shell, startTestNodes, type TestNodes} from './support/cluster.ts'
import {Collector, never} from './support/collect.ts'

const pause = 'trap "exit 0" TERM; while :; do sleep 1 & wait; done'
let cluster: TestNodes

beforeAll(async () => {
  cluster = await startTestNodes('volumes', 30)
})
afterAll(() => cluster?.stop())

const base64 = (text: string) => Buffer.from(text).toString('base64')
const createConfig = (name: string, data: Record<string, string>) =>
  cluster.registry.create<ConfigMap>(configMaps, {metadata: {name, namespace}, data})
const createSecret = (name: string, data: Record<string, string>) => {
  const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]))
  return cluster.registry.create<Secret>(secrets, {metadata: {name, namespace}, data: encoded})
}

async function output(name: string, script: string): Promise<string> {
  const pod = cluster.pod(name)
  if (!pod) throw new Error(`${name} is gone`)
  const stdout = new Collector()
  const command = ['sh', '-c', script]
  await cluster.nodes.streams.exec(pod, {
    container: 'main',
    command,
    tty: false,
    stdout,
    stderr: stdout,
    signal: never(),
  })
  return stdout.text
}

const running = (mounts: {name: string; mountPath: string; subPath?: string; readOnly?: boolean}[]) => ({
  ...shell('main', pause),
  volumeMounts: mounts,
})

test('a projected volume joins its sources below one folder, readable by the pod’s group', async () => {
  createConfig('settings', {'a.yaml': 'a: 1'})
  createSecret('certs', {'tls.key': 'key', 'tls.crt': 'crt'})
  cluster.run(
    'projected',
    {
      securityContext: {runAsUser: 1000, runAsGroup: 1000, fsGroup: 4000},
      serviceAccountName: 'worker',
      containers: [running([{name: 'all', mountPath: '/all', readOnly: true}])],
      volumes: [
        {
          name: 'all',
          projected: {
            defaultMode: 0o640,
            sources: [
              {configMap: {name: 'settings', items: [{key: 'a.yaml', path: 'conf.d/a.yaml'}]}},
              {secret: {name: 'certs', items: [{key: 'tls.key', path: 'certs/key', mode: 0o600}]}},
              {serviceAccountToken: {path: 'token', expirationSeconds: 3600}},
              {downwardAPI: {items: [{path: 'labels', fieldRef: {fieldPath: 'metadata.labels'}}]}},
              {configMap: {name: 'absent', optional: true}},
            ],
          },
        },
      ],
    },
    {metadata: {labels: {b: '2', a: 'one'}}},
  )
  await cluster.until('projected', isReady)
  expect(await output('projected', 'cat /all/conf.d/a.yaml /all/certs/key /all/labels')).toBe(
    'a: 1keya="one"\nb="2"',
  )
  expect(await output('projected', 'cat /all/token')).toMatch(/^token-worker-\d+$/)
  expect(
    await output('projected', "stat -L -c '%a %u:%g' /all/conf.d/a.yaml /all/certs/key /all/token"),
  ).toBe('640 0:4000\n640 0:4000\n640 1000:4000\n')
  expect(await output('projected', 'touch /all/x')).toContain('Read-only file system')
  expect(await output('projected', 'readlink /all/conf.d; readlink /all/..data')).toMatch(
    /^\.\.data\/conf\.d\n\.\.2/,
  )
})

test('a changed ConfigMap reaches a running pod when the pod is touched', async () => {
  createConfig('live', {one: '1', two: '2'})
  cluster.run('live', {
    containers: [running([{name: 'v', mountPath: '/v'}])],
    volumes: [{name: 'v', configMap: {name: 'live'}}],
  })
  await cluster.until('live', isReady)
  cluster.registry.modify(configMaps, namespace, 'live', draft => {
    Object.assign(draft, {data: {one: 'changed', three: '3'}})
  })
  await sleep(300)
  expect(await output('live', 'cat /v/one')).toBe('1')
  cluster.registry.modify(pods, namespace, 'live', draft => {
    draft.metadata = {...draft.metadata, annotations: {touched: 'yes'}}
  })
  await sleep(300)
  expect(await output('live', 'cat /v/one; ls /v')).toBe('changedone\nthree\n')
})

test('a pod waits for a missing Secret, says so, and starts when it appears', async () => {
  cluster.run('waits', {
    containers: [running([{name: 'v', mountPath: '/v'}])],
    volumes: [{name: 'v', secret: {secretName: 'later', defaultMode: 0o400}}],
  })
  const told = () => cluster.registry.list(events).find(each => each.involvedObject.name === 'waits')?.message
  const end = Date.now() + 5000
  while (told() === undefined && Date.now() < end) await sleep(10)
  expect(told()).toBe('MountVolume.SetUp failed for volume "v" : secret "later" not found')
  expect(cluster.pod('waits')?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe(
    'ContainerCreating',
  )
  createSecret('later', {key: 'now'})
  await cluster.until('waits', isReady, 3)
  expect(await output('waits', "cat /v/key; stat -L -c ' %a' /v/key")).toBe('now 400\n')
})

test('empty folders are writable, in memory with a limit, and gone with the pod', async () => {
  const pod = cluster.run('empty', {
    securityContext: {runAsUser: 1000, runAsGroup: 1000, fsGroup: 4000},
    containers: [
      {
        ...running([
          {name: 'disk', mountPath: '/disk'},
          {name: 'memory', mountPath: '/dev/shm'},
        ]),
        securityContext: {readOnlyRootFilesystem: true},
      },
    ],
    volumes: [
      {name: 'disk', emptyDir: {sizeLimit: '16Mi'}},
      {name: 'memory', emptyDir: {medium: 'Memory', sizeLimit: '8Mi'}},
    ],
  })
  await cluster.until('empty', isReady)
  expect(await output('empty', "touch /disk/a /dev/shm/b; stat -c '%a %u:%g' /disk /dev/shm /disk/a")).toBe(
    '2777 0:4000\n2777 0:4000\n644 1000:4000\n',
  )
  expect(await output('empty', 'touch /x')).toContain('Read-only file system')
  expect(await output('empty', 'df -k /dev/shm | tail -n 1')).toMatch(/^tmpfs\s+8192/)
  cluster.registry.delete(pods, namespace, 'empty')
  await cluster.gone('empty')
  await sleep(500)
  expect(existsSync(join(cluster.containerd.folder, 'sandbox/nodes/pods', pod.metadata?.uid ?? ''))).toBe(
    false,
  )
  expect(execFileSync('cat', ['/proc/self/mountinfo']).toString()).not.toContain(pod.metadata?.uid)
})

function createClaim(name: string, path: string): void {
  cluster.registry.create<PersistentVolume>(persistentVolumes, {
    metadata: {name},
    spec: {accessModes: ['ReadWriteOnce'], capacity: {storage: '1Gi'}, local: {path}},
  })
  const claim = cluster.registry.create<PersistentVolumeClaim>(persistentVolumeClaims, {
    metadata: {name, namespace},
    spec: {accessModes: ['ReadWriteOnce'], volumeName: name},
  })
  cluster.registry.modify(
    persistentVolumeClaims,
    namespace,
    claim.metadata?.name ?? '',
    draft => {
      Object.assign(draft, {status: {phase: 'Bound'}})
    },
    'status',
  )
}

test('a persistent volume belongs to the pod’s group and outlives the pod', async () => {
  const path = join(cluster.containerd.folder, 'pv-data')
  mkdirSync(join(path, 'old'), {recursive: true, mode: 0o755})
  writeFileSync(join(path, 'old/file'), 'kept')
  createClaim('data', path)
  const spec: Pod['spec'] = {
    securityContext: {
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 4000,
      fsGroupChangePolicy: 'OnRootMismatch',
    },
    containers: [
      running([
        {name: 'data', mountPath: '/data'},
        {name: 'data', mountPath: '/sub', subPath: 'new/deep'},
      ]),
    ],
    volumes: [{name: 'data', persistentVolumeClaim: {claimName: 'data'}}],
  }
  cluster.run('keeper', spec)
  await cluster.until('keeper', isReady)
  expect(
    await output('keeper', "stat -c '%a %g' /data /data/old /data/old/file; echo more > /data/mine"),
  ).toBe('2775 4000\n2775 4000\n664 4000\n')
  cluster.registry.delete(pods, namespace, 'keeper')
  await cluster.gone('keeper')
  expect(readdirSync(path).sort()).toEqual(['mine', 'new', 'old'])
  expect(statSync(join(path, 'mine')).gid).toBe(4000)
})

test('an unbound claim keeps its pod waiting', async () => {
  cluster.run('unbound', {
    containers: [running([{name: 'data', mountPath: '/data'}])],
    volumes: [{name: 'data', persistentVolumeClaim: {claimName: 'none'}}],
  })
  const told = () =>
    cluster.registry.list(events).find(each => each.involvedObject.name === 'unbound')?.message
  const end = Date.now() + 5000
  while (told() === undefined && Date.now() < end) await sleep(10)
  expect(told()).toContain('persistentvolumeclaim "none" not found')
})
