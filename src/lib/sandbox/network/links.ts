import {createHash} from 'node:crypto'
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {Type} from 'typebox'
import {Compile} from 'typebox/compile'
import {failedError} from '../../errors.ts'
import {run, runAny} from '../host/run.ts'
import {writeWhole} from '../host/write.ts'
import type {Addresses} from '../ports.ts'

const longestLink = 15
const routes = Compile(
  Type.Array(Type.Object({dst: Type.Optional(Type.String()), dev: Type.Optional(Type.String())})),
)

/** The bridge of the sandbox of this name; a link's name has at most 15 characters. */
export function bridgeName(sandbox: string): string {
  const name = `pgk-${sandbox}`
  if (name.length <= longestLink) return name
  return `pgk-${createHash('sha256').update(sandbox).digest('hex').slice(0, 8)}`
}

/** All ranges that this machine has a route to, except through `ownLink` and to pods of `ownRange`. */
export async function routedRanges(ownLink: string): Promise<string[]> {
  const text = await run('ip', ['-json', '-4', 'route', 'show', 'table', 'all'])
  const value: unknown = JSON.parse(text || '[]')
  if (!routes.Check(value)) throw failedError('SANDBOX_ROUTES', '`ip -json route` answers in an unknown form')
  return value.flatMap(({dst, dev}) =>
    dst === undefined || dst === 'default' || dev === ownLink ? [] : [dst],
  )
}

export async function linkExists(link: string): Promise<boolean> {
  return (await runAny('ip', ['link', 'show', link])).code === 0
}

/** Makes the bridge that carries the sandbox's own address, and the route to its Services, exist. */
export async function ensureBridge(link: string, addresses: Addresses): Promise<void> {
  if (!(await linkExists(link))) await run('ip', ['link', 'add', link, 'type', 'bridge'])
  await run('ip', ['address', 'replace', `${addresses.bridgeIp}/32`, 'dev', link])
  await run('ip', ['link', 'set', link, 'up'])
  // The host's own connections to a Service need some route before they are translated.
  await run('ip', ['route', 'replace', addresses.serviceRange, 'dev', link, 'src', addresses.bridgeIp])
}

/** Removes the bridge and with it its address and routes. */
export async function removeBridge(link: string): Promise<void> {
  if (await linkExists(link)) await run('ip', ['link', 'delete', link])
}

/**
 * Writes the CNI network of the pods: each pod gets a cable of its own to the host, which routes. Unlike with
 * a shared bridge all traffic between pods passes the host's rules, without any help of the kernel's bridge.
 */
export async function writePodNetwork(folder: string, name: string, data: NetworkData): Promise<void> {
  const text = `${JSON.stringify(podNetwork(name, data), undefined, 2)}\n`
  await writeWhole(join(folder, '10-pods.conflist'), text, 0o644)
}

export interface NetworkData {
  podRange: string
  /** Where the addresses in use are noted. */
  leases: string
}

export function podNetwork(name: string, data: NetworkData): unknown {
  const ipam = {
    type: 'host-local',
    ranges: [[{subnet: data.podRange}]],
    routes: [{dst: '0.0.0.0/0'}],
    dataDir: data.leases,
  }
  return {cniVersion: '0.4.0', name, plugins: [{type: 'ptp', ipMasq: false, ipam}]}
}

const forwarding = '/proc/sys/net/ipv4/ip_forward'

/** Lets the kernel route. True when it did not before, so that `down` can put it back. */
export async function enableForwarding(): Promise<boolean> {
  if ((await readFile(forwarding, 'utf8')).trim() === '1') return false
  await writeFile(forwarding, '1')
  return true
}

export async function disableForwarding(): Promise<void> {
  await writeFile(forwarding, '0')
}
