import {type ChildProcess, execFile, execFileSync, spawn} from 'node:child_process'
import {bringDown} from '../../../src/lib/sandbox/host/down.ts'
import {sandboxPaths} from '../../../src/lib/sandbox/host/paths.ts'
import {bringUp} from '../../../src/lib/sandbox/host/up.ts'

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

/** A whole sandbox with its daemon, and kubectl in a namespace of its own. */
export interface KubectlSandbox {
  server: string
  kubeconfig: string
  /** Runs kubectl to its end, whatever that is. */
  kubectl(args: readonly string[], input?: string | Buffer, variables?: Record<string, string>): Promise<Ran>
  /** Gives what kubectl printed; rejects when it failed. */
  must(...args: string[]): Promise<string>
  /** As `must`, with objects on stdin. */
  give(objects: readonly object[], ...args: string[]): Promise<string>
  background(...args: string[]): ChildProcess
  /** Runs a shell command on a pseudo terminal; gives what the terminal showed. */
  terminal(command: string): Promise<string>
  stop(): Promise<void>
}

export function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], {stdio: 'ignore'})
    return true
  } catch {
    return false
  }
}

/** `range` is a /16 that nobody else uses. */
export async function startKubectlSandbox(
  name: string,
  nodes: number,
  range: string,
): Promise<KubectlSandbox> {
  const paths = sandboxPaths(name, {})
  const progress = () => undefined
  const down = () => bringDown({name, paths, purge: true, progress})
  await down()
  const {server, kubeconfig} = await bringUp({name, paths, nodes, range, images: [], progress})
  const env = {...process.env, KUBECONFIG: kubeconfig}
  const kubectl: KubectlSandbox['kubectl'] = (args, input = '', variables = {}) =>
    new Promise(resolve => {
      const options = {env: {...env, ...variables}, maxBuffer: 64 << 20, timeout: 90_000}
      const child = execFile('kubectl', [...args], options, (error, stdout, stderr) => {
        resolve({code: error ? Number(child.exitCode ?? 1) : 0, stdout, stderr})
      })
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(input)
    })
  const checked = async (args: readonly string[], input?: string): Promise<string> => {
    const {code, stdout, stderr} = await kubectl(args, input)
    if (code === 0) return stdout
    throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`)
  }
  return {
    server,
    kubeconfig,
    kubectl,
    must: (...args) => checked(args),
    give: (objects, ...args) => checked([...args, '-f', '-'], JSON.stringify(listOf(objects))),
    background: (...args) => spawn('kubectl', args, {env, stdio: ['pipe', 'pipe', 'pipe']}),
    terminal: command =>
      new Promise((resolve, reject) => {
        const args = ['-qec', command, '/dev/null']
        const child = execFile('script', args, {env, timeout: 60_000}, (error, stdout) =>
          error ? reject(error) : resolve(stdout),
        )
        child.stdin?.on('error', () => undefined)
      }),
    stop: async () => void (await down()),
  }
}

const listOf = (items: readonly object[]) => ({apiVersion: 'v1', kind: 'List', items})
