import {spawnSync} from 'node:child_process'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {parse} from 'yaml'
import {type Access, accessOf, allow, kubeconfigs, type Rule} from './support/account.ts'
import {createFlags, createNamespace, deleteNamespace, kubectl, pgk, succeed} from './support/commands.ts'
import {manifest, postgresImage, remains} from './support/manifest.ts'

const kindsBut = (group: string, resource: string): Rule[] => {
  const groups: Record<string, string[]> = {
    '': 'configmaps secrets services serviceaccounts persistentvolumeclaims pods pods/exec endpoints'.split(
      ' ',
    ),
    apps: ['statefulsets', 'deployments'],
    batch: ['jobs', 'cronjobs'],
    'rbac.authorization.k8s.io': ['roles', 'rolebindings'],
    policy: ['poddisruptionbudgets'],
    'discovery.k8s.io': ['endpointslices'],
    'coordination.k8s.io': ['leases'],
    'postgres-operator.crunchydata.com': ['postgresclusters', 'postgresclusters/status'],
  }
  return Object.entries(groups).flatMap(([name, all]) => {
    const resources = all.filter(one => name !== group || one !== resource)
    return resources.length === 0 ? [] : [{apiGroups: [name], resources, verbs: ['*']}]
  })
}

/** A pod that stands for the operator: it runs and does nothing. */
const operatorPod = () => ({
  terminationGracePeriodSeconds: 0,
  securityContext: {runAsNonRoot: true, runAsUser: 26, seccompProfile: {type: 'RuntimeDefault'}},
  containers: [
    {
      name: 'operator',
      image: postgresImage(),
      command: ['sleep', '3600'],
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: ['ALL']}},
    },
  ],
})

/** The Role that a refusal printed. */
const printedRole = (stderr: string): unknown => {
  const lines = stderr.split('\n').map(line => line.replace(/^ {10}/, ''))
  return parse(lines.slice(lines.indexOf('apiVersion: rbac.authorization.k8s.io/v1')).join('\n'))
}

describe('a Kubernetes that does not let pgk in', () => {
  const files = kubeconfigs()
  let namespace = ''
  let access: Access = {server: '', ca: '', token: '', namespace: ''}
  beforeAll(async () => {
    namespace = await createNamespace('access')
    await allow(namespace, 'some', kindsBut('policy', 'poddisruptionbudgets'))
    access = await accessOf(namespace, 'some')
  })
  afterAll(async () => {
    files.remove()
    await deleteNamespace(namespace)
  })
  const create = (change: Partial<Access>, ...more: string[]) =>
    pgk([
      ...['create', 'cluster', 'hippo', '--kubeconfig', files.write({...access, ...change})],
      ...createFlags(),
      ...more,
    ])

  it('a right that lacks is named with its verbs and the Role that gives it', async () => {
    const outcome = await create({})
    expect(outcome.code).toBe(4)
    expect(outcome.stderr).toMatch(
      /^Error: you may not get, list, watch, create, patch, delete poddisruptionbudgets\.policy/,
    )
    expect(printedRole(outcome.stderr)).toMatchObject({
      kind: 'Role',
      metadata: {namespace},
      rules: [{apiGroups: ['policy'], resources: ['poddisruptionbudgets']}],
    })
  })

  it('all rights that lack are named at once, to who has none', async () => {
    await allow(namespace, 'none', [])
    const {token} = await accessOf(namespace, 'none')
    const outcome = await create({token})
    expect(outcome.code).toBe(4)
    expect(outcome.stderr).toMatch(/more kinds of object/)
    for (const resource of ['statefulsets', 'secrets', 'pods/exec', 'leases']) {
      expect(outcome.stderr).toContain(`"${resource}"`)
    }
  })

  it('an API that nobody answers for', async () => {
    const outcome = await create({server: 'https://127.0.0.1:1'})
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toMatch(/^Error: the Kubernetes API cannot be reached \(PGK_API_UNREACHABLE\)/)
    expect(outcome.stderr).toMatch(/Object: https:\/\/127\.0\.0\.1:1/)
    expect(outcome.stderr).toMatch(/Next: .*kubectl version/)
  })

  it('an API whose certificate another authority signed', async () => {
    const args = '-x509 -newkey rsa:2048 -nodes -subj /CN=other -days 2 -keyout /dev/null'.split(' ')
    const ca = spawnSync('openssl', ['req', ...args], {encoding: 'utf8'}).stdout
    const outcome = await create({ca})
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toMatch(/certificate is not trusted \(PGK_API_UNTRUSTED\)/)
    expect(outcome.stderr).toMatch(/Next: .*certificate-authority-data/)
  })

  it('a token that is none, or no longer one', async () => {
    for (const command of [['list'], ['create', 'cluster', 'hippo']]) {
      const kubeconfig = files.write({...access, token: 'not.a.token'})
      const outcome = await pgk([...command, '--kubeconfig', kubeconfig])
      expect(outcome.code).toBe(4)
      expect(outcome.stderr).toMatch(/does not accept your credentials \(PGK_NOT_AUTHENTICATED\)/)
      expect(outcome.stderr).toMatch(/Next: .*Log in again/)
    }
  })

  it('a kubeconfig or a context that is not there', async () => {
    const missing = await pgk(['list', '--kubeconfig', 'no-such-kubeconfig'])
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('KUBECONFIG_MISSING')])
    const other = await pgk(['list', '--kubeconfig', files.write(access), '--context', 'other'])
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/no context "other"[\s\S]*test/)])
  })

  it('left nothing behind', async () => {
    expect(await remains(namespace)).toEqual([])
  })
})

describe('a PGO that works', () => {
  const crd = 'postgresclusters.postgres-operator.crunchydata.com'
  const files = kubeconfigs()
  let namespace = ''
  let installed = false
  const asOperator = ['--server-side', '--field-manager', 'postgrescluster-controller']
  beforeAll(async () => {
    namespace = await createNamespace('operator')
    installed = (await kubectl(['get', 'crd', crd])).code === 0
    if (!installed) await succeed(pgk(['install']))
    await succeed(kubectl(['apply', '-n', namespace, ...asOperator, '-f', '-'], {stdin: manifest()}))
  })
  afterAll(async () => {
    files.remove()
    await kubectl(['delete', crd, 'hippo', '-n', namespace])
    await deleteNamespace(namespace)
    if (!installed) await succeed(pgk(['uninstall', '--confirm', crd]))
  })
  const changed = () => manifest({set: {replicas: 2}})

  it('is not worked against where it wrote lately, as far as an account without Deployments can tell', async () => {
    await allow(namespace, 'some', kindsBut('apps', 'deployments'))
    const kubeconfig = files.write(await accessOf(namespace, 'some'))
    const outcome = await pgk(['apply', '-f', '-', '--yes', '--kubeconfig', kubeconfig], {stdin: changed()})
    expect(outcome.code).toBe(6)
    expect(outcome.stderr).toMatch(/^Error: a running PGO looks after PostgresClusters .*OPERATOR_ACTIVE/m)
    expect(outcome.stderr).toMatch(/Object: PostgresCluster .*\/hippo/)
    expect(outcome.stderr).toMatch(/Next: .*PGO/)
  })

  it('is not worked against where its Deployment runs, and handing over is explained', async () => {
    const labels = {'postgres-operator.crunchydata.com/control-plane': 'postgres-operator'}
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {name: 'pgo', namespace, labels},
      spec: {
        replicas: 1,
        selector: {matchLabels: labels},
        template: {metadata: {labels}, spec: operatorPod()},
      },
    }
    await succeed(kubectl(['apply', '-f', '-'], {stdin: JSON.stringify(deployment)}))
    await succeed(kubectl(['rollout', 'status', 'deployment/pgo', '-n', namespace, '--timeout=90s']))
    const outcome = await pgk(['apply', '-f', '-', '--yes', '-n', namespace], {stdin: changed()})
    expect(outcome.code).toBe(6)
    expect(outcome.stderr).toMatch(/OPERATOR_ACTIVE/)
    expect(outcome.stderr).toMatch(
      new RegExp(`kubectl --namespace ${namespace} scale deployment pgo --replicas=0`),
    )
  })

  it('keeps its document as it was, and nothing was made', async () => {
    expect(await remains(namespace)).toEqual([`postgrescluster.postgres-operator.crunchydata.com/hippo`])
    const replicas = '{.spec.instances[0].replicas}'
    const found = await succeed(kubectl(['get', crd, 'hippo', '-n', namespace, '-o', `jsonpath=${replicas}`]))
    expect(found.stdout).toBe('1')
  })
})
