import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {isInstalled, type KubectlSandbox, startKubectlSandbox} from './support/sandbox.ts'

/** What somebody types who looks into a cluster, in one namespace of one sandbox, from top to bottom. */
const reason = isInstalled('kubectl') ? undefined : 'kubectl is not installed'
const folder = mkdtempSync(join(tmpdir(), 'pgk-kubectl-'))
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const configMap = (data: Record<string, string>) =>
  file('cm.json', JSON.stringify({apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'cm'}, data}))
const image = '--image=localhost/busybox:1'

let sandbox: KubectlSandbox
const k = (...args: string[]) => sandbox.kubectl(['-n', 'tr', ...args])
const must = (...args: string[]) => sandbox.must('-n', 'tr', ...args)
const jsonpath = (what: string, path: string) => must('get', ...what.split(' '), '-o', `jsonpath=${path}`)

describe.skipIf(reason !== undefined)(`kubectl${reason === undefined ? '' : ` (${reason})`}`, () => {
  beforeAll(async () => {
    sandbox = await startKubectlSandbox('kubectltest', 2, '10.235.0.0/16')
    await sandbox.must('create', 'namespace', 'tr')
    const script = 'echo hello; trap "exit 0" TERM; while :; do sleep 1 & wait; done'
    await must('create', 'deployment', 'web', image, '--replicas=2', '--', 'sh', '-c', script)
    await must('rollout', 'status', 'deployment/web', '--timeout=60s')
  })
  afterAll(async () => {
    rmSync(folder, {recursive: true})
    await sandbox?.stop()
  })

  test('get shows objects in every form', async () => {
    expect(await must('get', 'deploy', 'web', '--no-headers')).toMatch(/^web\s+2\/2\s+2\s+2\s+\d+s\n$/)
    expect(await must('get', 'deploy', 'web', '-o', 'wide')).toMatch(/CONTAINERS\s+IMAGES\s+SELECTOR/)
    expect(await must('get', 'pods', '-o', 'name')).toMatch(/^(pod\/web-\S+\n){2}$/)
    expect(await must('get', 'deploy', 'web', '-o', 'yaml')).toContain('\nkind: Deployment\n')
    expect(JSON.parse(await must('get', 'pods', '-o', 'json'))).toMatchObject({kind: 'List'})
    expect(await jsonpath('pods', '{.items[*].status.phase}')).toBe('Running Running')
    expect(await must('get', 'pods', '-o', 'go-template={{range .items}}{{.kind}} {{end}}')).toBe('Pod Pod ')
    expect(await must('get', 'pods', '-o', 'custom-columns=P:.status.phase')).toBe('P\nRunning\nRunning\n')
    expect(await must('get', 'pods', '--show-labels')).toContain('app=web,pod-template-hash=')
    expect(await must('get', 'all')).toMatch(
      /pod\/web[\s\S]*deployment\.apps\/web[\s\S]*replicaset\.apps\/web/,
    )
    expect(await must('get', 'pods', '-A', '-l', 'app=web', '--sort-by=.metadata.name')).toContain('tr ')
  })

  test('describe tells what an object is and what happened to it', async () => {
    expect(await must('describe', 'deploy', 'web')).toContain('Scaled up replica set')
    expect(await must('describe', 'pods', '-l', 'app=web')).toContain('Started container busybox')
    expect(await must('describe', 'node', 'node-1')).toContain('topology.kubernetes.io/zone=zone-a')
    for (const what of ['ns/tr', 'sa/default', 'cm/kube-root-ca.crt']) {
      expect(await must('describe', what)).toMatch(/^Name:/)
    }
  })

  test('apply, diff and server-side apply agree on who owns what', async () => {
    const path = configMap({k: 'v1', gone: 'x'})
    expect(await must('apply', '-f', path)).toBe('configmap/cm created\n')
    configMap({k: 'v2'})
    const diff = await k('diff', '-f', path)
    expect(diff.code).toBe(1)
    expect(diff.stdout).toMatch(/^- {2}gone: x$[\s\S]*^- {2}k: v1$[\s\S]*^\+ {2}k: v2$/m)
    expect(await must('apply', '-f', path)).toBe('configmap/cm configured\n')
    expect(await must('apply', '-f', path)).toBe('configmap/cm unchanged\n')
    expect(await jsonpath('cm cm', '{.data}')).toBe('{"k":"v2"}')
    const serverSide = ['apply', '--server-side', '-f', path, '--field-manager']
    expect(await must(...serverSide, 'two')).toBe('configmap/cm serverside-applied\n')
    configMap({k: 'v3'})
    const conflict = await k(...serverSide, 'three')
    expect(conflict.code).toBe(1)
    expect(conflict.stderr).toContain('conflict with "two": .data.k')
    expect(await must(...serverSide, 'three', '--force-conflicts')).toBe('configmap/cm serverside-applied\n')
    expect((await k('diff', '--server-side', '--field-manager=three', '-f', path)).code).toBe(0)
    expect(await must('apply', '--dry-run=server', '-f', path)).toContain('(server dry run)')
    const listed = {apiVersion: 'v1', kind: 'List', items: [JSON.parse(readFileSync(path, 'utf8'))]}
    const applied = await sandbox.kubectl(['-n', 'tr', 'apply', '-f', '-'], JSON.stringify(listed))
    expect(applied).toMatchObject({code: 0, stdout: 'configmap/cm configured\n'})
    const typo = {apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'bad'}, dta: {}}
    const refused = await sandbox.kubectl(['-n', 'tr', 'apply', '-f', '-'], JSON.stringify(typo))
    expect(refused.stderr).toContain('unknown field "dta"')
  })

  test('edit, the three kinds of patch, label, annotate and replace', async () => {
    const editor = file('editor.sh', '#!/bin/sh\nsed -i s/v3/v4/ "$1"\n')
    const edited = await sandbox.kubectl(['-n', 'tr', 'edit', 'cm', 'cm'], undefined, {
      EDITOR: `sh ${editor}`,
    })
    expect(edited.stdout).toBe('configmap/cm edited\n')
    expect(await jsonpath('cm cm', '{.data.k}')).toBe('v4')
    await must('patch', 'cm', 'cm', '--type=merge', '-p', '{"data":{"m":"1"}}')
    await must('patch', 'cm', 'cm', '--type=json', '-p', '[{"op":"remove","path":"/data/m"}]')
    await must('patch', 'deploy', 'web', '-p', '{"spec":{"template":{"metadata":{"annotations":{"a":"1"}}}}}')
    await must('label', 'cm', 'cm', 'x=y')
    expect((await k('label', 'cm', 'cm', 'x=z')).stderr).toContain('--overwrite is false')
    expect(await must('label', '--overwrite', 'cm', 'cm', 'x=z')).toBe('configmap/cm labeled\n')
    expect(await must('label', 'cm', 'cm', 'x-')).toBe('configmap/cm unlabeled\n')
    expect(await must('annotate', 'cm', 'cm', 'n=1')).toBe('configmap/cm annotated\n')
    expect(await must('replace', '-f', configMap({k: 'v5'}))).toBe('configmap/cm replaced\n')
  })

  test('scale and rollout', async () => {
    await must('scale', 'deploy', 'web', '--replicas=3')
    const finished = 'deployment "web" successfully rolled out'
    const status = () => must('rollout', 'status', 'deployment/web', '--timeout=80s')
    expect(await status()).toContain(finished)
    expect(await must('rollout', 'restart', 'deployment/web')).toBe('deployment.apps/web restarted\n')
    expect(await status()).toContain(finished)
    expect(await must('rollout', 'history', 'deployment/web')).toMatch(/^1 .*\n2 .*\n3 /m)
    expect(await must('rollout', 'undo', 'deployment/web')).toBe('deployment.apps/web rolled back\n')
    expect(await status()).toContain(finished)
    expect(await must('set', 'env', 'deployment/web', 'A=b')).toContain('env updated')
    expect(await status()).toContain(finished)
    await must('wait', 'deployment/web', '--for=condition=Available', '--timeout=20s')
    expect(await jsonpath('deploy web', '{.spec.template.spec.containers[0].env[0].value}')).toBe('b')
  })

  test('drain respects budgets, cordon and uncordon', async () => {
    await must('create', 'pdb', 'strict', '--selector=app=web', '--min-available=3')
    await must('wait', 'pdb/strict', '--for=jsonpath={.status.expectedPods}=3', '--timeout=20s')
    const held = await k('drain', 'node-1', '--ignore-daemonsets', '--timeout=3s')
    expect(held.stderr).toContain("it would violate the pod's disruption budget")
    await must('delete', 'pdb', 'strict')
    expect(await must('drain', 'node-1', '--ignore-daemonsets', '--timeout=60s')).toContain(
      'node/node-1 drained',
    )
    expect(await must('get', 'node', 'node-1')).toContain('Ready,SchedulingDisabled')
    expect(await must('uncordon', 'node-1')).toBe('node/node-1 uncordoned\n')
    expect(await jsonpath('pods -l app=web', '{.items[*].spec.nodeName}')).not.toContain('node-1')
    await must('taint', 'node', 'node-1', 'k=v:NoSchedule')
    await must('taint', 'node', 'node-1', 'k-')
  })

  test('the three propagation policies of delete', async () => {
    const left = (name: string) => must('get', 'rs,pods', '-l', `app=${name}`, '-o', 'name')
    for (const policy of ['background', 'foreground', 'orphan']) {
      await must('create', 'deployment', policy, image, '--', 'sleep', '1000')
      await must(
        'patch',
        'deploy',
        policy,
        '-p',
        '{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":0}}}}',
      )
      await must('rollout', 'status', `deploy/${policy}`, '--timeout=60s')
      await must('delete', 'deployment', policy, `--cascade=${policy}`)
    }
    expect(await left('orphan')).toMatch(/replicaset[\s\S]*pod\//)
    expect(await left('foreground')).toBe('')
    await must('wait', 'rs,pods', '-l', 'app=background', '--for=delete', '--timeout=30s')
    await must('delete', 'rs', '-l', 'app=orphan')
  })

  test('what there is, what it means and what is allowed', async () => {
    const resources = await must('api-resources')
    for (const kind of ['Pod', 'StatefulSet', 'CustomResourceDefinition', 'Lease', 'CSIDriver']) {
      expect(resources).toMatch(new RegExp(` ${kind}$`, 'm'))
    }
    expect(await must('api-versions')).toContain('events.k8s.io/v1')
    expect(await must('explain', 'statefulset.spec.updateStrategy')).toContain(
      'FIELD: updateStrategy <Object>',
    )
    expect(await must('auth', 'can-i', 'create', 'pods')).toBe('yes\n')
    const asAccount = '--as=system:serviceaccount:tr:default'
    expect(await k('auth', 'can-i', 'list', 'secrets', asAccount)).toMatchObject({code: 1, stdout: 'no\n'})
    expect(await must('auth', 'can-i', '--list', asAccount)).toContain('selfsubjectaccessreviews')
    expect(await must('auth', 'whoami')).toContain('kubernetes-admin')
    expect(await must('get', 'events', '--sort-by=.lastTimestamp')).toContain('ScalingReplicaSet')
    expect(await must('events', '--for', 'deployment/web')).toContain('Scaled up replica set')
    expect(await must('version')).toContain('Server Version: v1.36')
    expect(await must('cluster-info')).toContain(sandbox.server)
    expect(readFileSync(sandbox.kubeconfig, 'utf8')).toContain(sandbox.server)
  })

  test('create makes the usual kinds', async () => {
    const makes: readonly string[] = [
      'secret generic s --from-literal=a=b',
      'configmap c --from-literal=a=b',
      'serviceaccount sa',
      'role r --verb=get --resource=pods',
      'rolebinding rb --role=r --serviceaccount=tr:sa',
      `job j ${image} -- true`,
      `cronjob cj ${image} --schedule=@yearly -- true`,
      'job j2 --from=cronjob/cj',
      'service clusterip s1 --tcp=80:80',
      'quota q --hard=pods=100',
      'ingress i --rule=a.example/x=svc:80',
      'pdb p --selector=a=b --min-available=1',
    ]
    for (const make of makes) expect(await must('create', ...make.split(' '))).toContain(' created')
    expect((await must('create', 'token', 'sa')).split('.')).toHaveLength(3)
    await must('wait', 'job/j', 'job/j2', '--for=condition=Complete', '--timeout=40s')
  })
})
