import {existsSync} from 'node:fs'
import {readdir, readFile} from 'node:fs/promises'
import {createServer} from 'node:net'
import {dirname, join} from 'node:path'
import {type Static, Type} from 'typebox'
import {Compile} from 'typebox/compile'
import {failedError} from '../../errors.ts'
import {bridgeName, linkExists, routedRanges} from '../network/links.ts'
import {chooseBlock} from '../network/ranges.ts'
import type {SandboxPaths} from '../ports.ts'
import {sandboxFiles} from './paths.ts'
import {writeWhole} from './write.ts'

const SettingsShape = Type.Object({
  name: Type.String(),
  /** The private /16 of pods and Services. */
  block: Type.String(),
  /** Where the API listens, on the loopback and the bridge address. */
  apiPort: Type.Integer({minimum: 1, maximum: 65_535}),
  /** Number of virtual nodes. */
  nodes: Type.Integer({minimum: 1, maximum: 20}),
  /** Where the CNI plugins are. */
  plugins: Type.String(),
})

/** What is decided once, when a sandbox is first brought up, and then stays. */
export type Settings = Static<typeof SettingsShape>

const shape = Compile(SettingsShape)
const firstPort = 6443

export async function readSettings(paths: SandboxPaths): Promise<Settings | undefined> {
  const file = sandboxFiles(paths).settings
  if (!existsSync(file)) return undefined
  const value: unknown = JSON.parse(await readFile(file, 'utf8'))
  if (shape.Check(value)) return value
  throw failedError('SANDBOX_SETTINGS', 'the settings of the sandbox cannot be read', {
    object: file,
    hints: ['Start anew, losing what is in it: pgk sandbox down --purge'],
  })
}

export interface SettingsRequest {
  name: string
  paths: SandboxPaths
  plugins: string
  /** Only for a new sandbox. */
  nodes: number
  range?: string
}

/** The settings of a sandbox, decided now if it is new. A range that got taken since is an error. */
export async function ensureSettings(request: SettingsRequest): Promise<Settings> {
  const {name, paths, plugins, nodes} = request
  const link = bridgeName(name)
  const known = await readSettings(paths)
  if (known !== undefined && (await linkExists(link))) return known
  const others = await neighbours(paths)
  const taken = await routedRanges(link)
  if (known !== undefined) {
    chooseBlock(taken, known.block)
    return known
  }
  const block = chooseBlock([...taken, ...others.map(other => other.block)], request.range)
  const apiPort = await freePort(others.map(other => other.apiPort))
  const settings = {name, block, apiPort, nodes, plugins}
  await writeWhole(sandboxFiles(paths).settings, JSON.stringify(settings))
  return settings
}

/** The settings of the other sandboxes of this machine, running or not. */
async function neighbours(paths: SandboxPaths): Promise<Settings[]> {
  const folder = dirname(paths.root)
  const names = await readdir(folder).catch(() => [])
  const read = names
    .map(name => join(folder, name))
    .filter(root => root !== paths.root)
    .map(root => readSettings({...paths, root}).catch(() => undefined))
  return (await Promise.all(read)).filter(settings => settings !== undefined)
}

async function freePort(taken: readonly number[]): Promise<number> {
  for (let port = firstPort; port < firstPort + 200; port++) {
    if (!taken.includes(port) && (await isFree(port))) return port
  }
  throw failedError('SANDBOX_NO_PORT', `all ports from ${firstPort} on are in use`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)))
  })
}
