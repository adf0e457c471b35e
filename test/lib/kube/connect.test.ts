import {chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {type ConnectFlags, connect} from '../../../src/lib/kube/connect.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pgk-connect-'))
})
afterEach(() => rmSync(folder, {recursive: true}))

const kubeconfig = (name: string, more: {user?: string; context?: string; current?: string} = {}) => `
apiVersion: v1
kind: Config
clusters: [{name: ${name}, cluster: {server: "https://${name}.example:6443/k8s/"}}]
users: [{name: ${name}, user: ${more.user ?? `{token: "${name}-token"}`}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}${more.context ?? ''}}}]
${more.current === undefined ? '' : `current-context: ${more.current}`}
`
const write = (file: string, content: string): string => {
  const full = path.join(folder, file)
  mkdirSync(path.dirname(full), {recursive: true})
  writeFileSync(full, content)
  return full
}

async function connecting(environment: NodeJS.ProcessEnv, flags: ConnectFlags = {}) {
  const said: string[] = []
  const world = {
    environment: {HOME: folder, PGK_SANDBOX_ROOT: path.join(folder, 'sandbox'), ...environment},
    say: (line: string) => said.push(line),
  }
  return {connection: await connect(flags, world), said}
}

test('KUBECONFIG is a list: the first file that names a thing wins and missing files are passed over', async () => {
  const one = write('one', kubeconfig('one', {current: 'one', context: ', namespace: apps'}))
  const two = write('two', kubeconfig('two', {current: 'two'}))
  const environment = {KUBECONFIG: [path.join(folder, 'absent'), one, two].join(path.delimiter)}
  const {connection} = await connecting(environment)
  expect(connection.context).toBe('one')
  expect(connection.namespace).toBe('apps')
  expect(connection.server.href).toBe('https://one.example:6443/k8s')
  const other = await connecting(environment, {context: 'two', namespace: 'db', as: 'jo'})
  expect(other.connection).toMatchObject({context: 'two', namespace: 'db', impersonate: 'jo'})
  expect((await other.connection.credentials.get()).headers['Authorization']).toBe('Bearer two-token')
})

test('--kubeconfig beats KUBECONFIG, and one that is missing is an error', async () => {
  const named = write('named', kubeconfig('named', {current: 'named'}))
  write('.kube/config', kubeconfig('home', {current: 'home'}))
  expect((await connecting({}, {kubeconfig: named})).connection.context).toBe('named')
  expect((await connecting({})).connection.context).toBe('home')
  await expect(connecting({}, {kubeconfig: path.join(folder, 'absent')})).rejects.toMatchObject({
    code: 'PGK_KUBECONFIG_MISSING',
    exitCode: 2,
  })
})

test('without any other configuration a sandbox of this machine is used, and said', async () => {
  const file = write('sandbox/default/kubeconfig', kubeconfig('sandbox', {current: 'sandbox'}))
  const {connection, said} = await connecting({})
  expect(connection.context).toBe('sandbox')
  expect(said).toEqual([`Using the sandbox on this machine (${file}).`])
})

test('with nothing to connect to, the error names every place that was looked at', async () => {
  await expect(connecting({})).rejects.toMatchObject({
    code: 'PGK_NO_KUBERNETES',
    exitCode: 2,
    reason: expect.stringContaining('.kube/config'),
  })
})

test('a context that does not exist is a usage error naming those that do', async () => {
  const file = write('one', kubeconfig('one', {current: 'one'}))
  await expect(connecting({KUBECONFIG: file}, {context: 'prod'})).rejects.toMatchObject({
    exitCode: 2,
    hints: ['It has: one'],
  })
})

test('a credential plugin beside the kubeconfig is run, told its version, and asked again after a refusal', async () => {
  const plugin = write(
    'bin/login',
    `#!/bin/sh
echo x >> "${path.join(folder, 'calls')}"
n=$(wc -l < "${path.join(folder, 'calls')}")
case "$KUBERNETES_EXEC_INFO" in *client.authentication.k8s.io/v1beta1*) ;; *) exit 3;; esac
echo "{\\"status\\": {\\"token\\": \\"t$n\\"}}"
`,
  )
  chmodSync(plugin, 0o755)
  const user = '{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: bin/login}}'
  const file = write('one', kubeconfig('one', {current: 'one', user}))
  const {connection} = await connecting({KUBECONFIG: file})
  const token = async () => (await connection.credentials.get()).headers['Authorization']
  expect([await token(), await token()]).toEqual(['Bearer t1', 'Bearer t1'])
  expect(connection.credentials.refresh()).toBe(true)
  expect(await token()).toBe('Bearer t2')
})

test('a credential plugin that fails is said with its own words', async () => {
  const plugin = write('login', '#!/bin/sh\necho "session expired" >&2\nexit 1\n')
  chmodSync(plugin, 0o755)
  const file = write('one', kubeconfig('one', {current: 'one', user: `{exec: {command: ${plugin}}}`}))
  const {connection} = await connecting({KUBECONFIG: file})
  await expect(connection.credentials.get()).rejects.toMatchObject({
    code: 'PGK_CREDENTIALS_FAILED',
    exitCode: 4,
    reason: expect.stringContaining('session expired'),
  })
})

test('certificates are read relative to the kubeconfig that names them, and tokens from tokenFile', async () => {
  write('certs/ca.pem', 'CA')
  write('token', 'from-file\n')
  const file = write(
    'one',
    kubeconfig('one', {current: 'one', user: '{tokenFile: token}'}).replace(
      'cluster: {server',
      'cluster: {certificate-authority: certs/ca.pem, server',
    ),
  )
  const {connection} = await connecting({KUBECONFIG: file})
  const {tls, headers} = await connection.credentials.get()
  expect(String(tls.ca)).toBe('CA')
  expect(headers['Authorization']?.trim()).toBe('Bearer from-file')
})

test.each([
  ['10.0.0.0/8,example', undefined],
  ['.one.example', undefined],
  ['two.example', 'http://proxy:3128'],
])('NO_PROXY=%s decides whether the proxy of the environment is used', async (exempt, expected) => {
  const {proxyFor} = await import('../../../src/lib/kube/proxy.ts')
  const environment = {HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: exempt}
  expect(proxyFor(new URL('https://api.one.example:6443'), environment)).toBe(expected)
})

test('NO_PROXY understands networks', async () => {
  const {proxyFor} = await import('../../../src/lib/kube/proxy.ts')
  const environment = {HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '10.0.0.0/8'}
  expect(proxyFor(new URL('https://10.2.3.4'), environment)).toBeUndefined()
  expect(proxyFor(new URL('https://11.2.3.4'), environment)).toBe('http://proxy:3128')
})
