import {execFileSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {Agent} from 'node:https'
import {parse} from 'yaml'
import {readPath, textOf} from '../../../src/lib/sandbox/apiserver/json.ts'
import {bringDown} from '../../../src/lib/sandbox/host/down.ts'
import {sandboxPaths} from '../../../src/lib/sandbox/host/paths.ts'
import {bringUp} from '../../../src/lib/sandbox/host/up.ts'
import type {Call} from '../client.ts'

/** A real sandbox with containers, of its own name and addresses. */
export interface Machine {
  url: string
  /** How to ask as the administrator. */
  as: Call
  stop(): Promise<void>
}

const name = 'conformance'
const range = '10.234.0.0/16'
const paths = sandboxPaths(name, {})
const quiet = () => undefined

/** Why pods cannot run here; absent when they can. */
export function whyNoPods(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root'
  const missing = ['containerd', 'runc', 'nft'].filter(program => !has(program))
  return missing.length === 0 ? undefined : `${missing.join(', ')} not installed`
}

function has(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], {stdio: 'ignore'})
    return true
  } catch {
    return false
  }
}

export async function startMachine(): Promise<Machine> {
  const down = () => bringDown({name, paths, purge: true, progress: quiet})
  await down()
  const {server, kubeconfig} = await bringUp({name, paths, nodes: 1, range, images: [], progress: quiet})
  const user: unknown = parse(readFileSync(kubeconfig, 'utf8'))
  const pem = (key: string) =>
    Buffer.from(textOf(readPath(firstUser(user), `user.${key}`)) ?? '', 'base64').toString()
  const agent = new Agent({
    cert: pem('client-certificate-data'),
    key: pem('client-key-data'),
    rejectUnauthorized: false,
    keepAlive: false,
  })
  return {
    url: server,
    as: {agent},
    async stop() {
      agent.destroy()
      await down()
    },
  }
}

function firstUser(kubeconfig: unknown): unknown {
  const users = readPath(kubeconfig, 'users')
  return Array.isArray(users) ? users[0] : undefined
}
