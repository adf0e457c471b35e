import {runAny} from '../host/run.ts'

/** A rule of iptables that lets packets of pods pass, without the command that adds or removes it. */
export type FirewallRule = readonly string[]

const chains: Readonly<Record<string, readonly string[]>> = {FORWARD: ['-s', '-d'], INPUT: ['-s']}

/** The rules that pods need in chains which drop what no rule accepts, as Docker and ufw set them up. */
export function rulesFor(sandbox: string, podRange: string): FirewallRule[] {
  const mark = ['-m', 'comment', '--comment', `pgk-${sandbox}`, '-j', 'ACCEPT']
  return Object.entries(chains).flatMap(([chain, directions]) =>
    directions.map(direction => [chain, direction, podRange, ...mark]),
  )
}

/** Which chains of `iptables -S` drop by default. */
export function droppingChains(listing: string): string[] {
  return [...listing.matchAll(/^-P (\S+) DROP$/gm)].flatMap(([, chain]) => chain ?? [])
}

/**
 * Lets pods through a firewall that drops by default: accepting a packet in a table of one's own does not
 * keep another table from dropping it. Does nothing where there is no such firewall.
 */
export async function openFirewall(sandbox: string, podRange: string): Promise<void> {
  const listing = await iptables(['-S'])
  const dropping = droppingChains(listing ?? '')
  for (const rule of rulesFor(sandbox, podRange)) {
    const [chain = ''] = rule
    if (!dropping.includes(chain)) continue
    if ((await iptables(['-C', ...rule])) === undefined) await iptables(['-I', ...rule])
  }
}

/** Takes those rules away, however many there are. */
export async function closeFirewall(sandbox: string): Promise<void> {
  const listing = (await iptables(['-S'])) ?? ''
  for (const rule of ownRules(listing, sandbox)) await iptables(['-D', ...rule])
}

/** The rules of `iptables -S` that carry this sandbox's mark, ready to be deleted. */
export function ownRules(listing: string, sandbox: string): FirewallRule[] {
  return listing
    .split('\n')
    .filter(line => line.startsWith('-A ') && / --comment "?pgk-/.test(line))
    .map(line => line.slice(3).replaceAll('"', '').split(' '))
    .filter(rule => rule.includes(`pgk-${sandbox}`))
}

/** Undefined where iptables is not installed or refuses. */
async function iptables(args: readonly string[]): Promise<string | undefined> {
  const result = await runAny('iptables', ['--wait', '5', ...args]).catch(() => undefined)
  return result?.code === 0 ? result.stdout : undefined
}
