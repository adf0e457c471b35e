import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {at, list, text} from '../../../src/lib/observe/fields.ts'
import {json, kubectl, succeed} from './commands.ts'

export interface Rule {
  apiGroups: string[]
  resources: string[]
  verbs: string[]
}

/** Makes the ServiceAccount with a Role of these rules in one namespace. Run again, it changes the rules. */
export async function allow(namespace: string, account: string, rules: readonly Rule[]): Promise<void> {
  const metadata = {name: account, namespace}
  const objects = [
    {apiVersion: 'v1', kind: 'ServiceAccount', metadata},
    {apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules},
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: {apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: account},
      subjects: [{kind: 'ServiceAccount', name: account, namespace}],
    },
  ]
  for (const object of objects) {
    await succeed(kubectl(['apply', '-f', '-'], {stdin: JSON.stringify(object)}))
  }
}

export interface Access {
  server: string
  /** PEM. */
  ca: string
  token: string
  namespace: string
}

/** The access of a ServiceAccount to the Kubernetes under test. */
export async function accessOf(namespace: string, account: string): Promise<Access> {
  const config = await json(kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']))
  const cluster = at(list(config, 'clusters')[0], 'cluster')
  const token = await succeed(kubectl(['create', 'token', account, '-n', namespace]))
  return {
    server: text(cluster, 'server') ?? '',
    ca: Buffer.from(text(cluster, 'certificate-authority-data') ?? '', 'base64').toString('utf8'),
    token: token.stdout.trim(),
    namespace,
  }
}

/** Kubeconfig files that are removed at the end. */
export function kubeconfigs(): {write(access: Access): string; remove(): void} {
  const folder = mkdtempSync(join(tmpdir(), 'pgk-access-'))
  let count = 0
  return {
    write({server, ca, token, namespace}) {
      count += 1
      const file = join(folder, `kubeconfig-${count}`)
      const cluster = {server, 'certificate-authority-data': Buffer.from(ca).toString('base64')}
      const content = {
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'test',
        clusters: [{name: 'test', cluster}],
        users: [{name: 'test', user: {token}}],
        contexts: [{name: 'test', context: {cluster: 'test', user: 'test', namespace}}],
      }
      writeFileSync(file, JSON.stringify(content), {mode: 0o600})
      return file
    },
    remove: () => rmSync(folder, {recursive: true, force: true}),
  }
}
