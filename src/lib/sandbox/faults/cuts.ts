/** Traffic that does not get through, by the addresses of pods. */
export interface Cut {
  /** The pods that are cut off. */
  addresses: readonly string[]
  from: 'all' | 'pods' | 'api' | readonly string[]
}

/** Packets of these pods that get lost, of 100. */
export interface Loss {
  addresses: readonly string[]
  percent: number
}

export interface Barriers {
  cuts: readonly Cut[]
  losses: readonly Loss[]
  /** How the API server's port treats everybody: it answers, refuses or keeps silent. */
  api: 'open' | 'refuse' | 'silent'
  /** The link of a detour: what comes from it was tracked and translated before it went there. */
  detour?: string
}

export interface BarrierAddresses {
  podRange: string
  bridgeIp: string
  apiPort: number
}

export const faultTable = (sandbox: string): string => `pgk_${sandbox.replaceAll('-', '_')}_faults`

/** Pure. A table of its own for `nft -f`, replacing what was there at once; empty where nothing is cut. */
export function barrierRules(table: string, addresses: BarrierAddresses, barriers: Barriers): string {
  const {cuts, losses, api, detour} = barriers
  const head = [`table ip ${table}`, `delete table ip ${table}`]
  if (cuts.length === 0 && losses.length === 0 && api === 'open' && detour === undefined)
    return `${head.join('\n')}\n`
  const chain = (name: string, hook: string, priority: string, rules: readonly string[]) => [
    `chain ${name} {`,
    `type filter hook ${hook} priority ${priority}; policy accept;`,
    ...rules,
    '}',
  ]
  const own = `ip daddr { 127.0.0.1, ${addresses.bridgeIp} } tcp dport ${addresses.apiPort}`
  const closed = {open: [], refuse: [`${own} reject with tcp reset`], silent: [`${own} drop`]}[api]
  return `${[
    ...head,
    `table ip ${table} {`,
    // After the translation of Services, so that the addresses are those of pods.
    ...chain(
      'forward',
      'forward',
      'filter - 10',
      cuts.flatMap(cut => forwardRules(cut, addresses)),
    ),
    ...chain('input', 'input', 'filter - 10', [
      ...closed,
      ...cuts.flatMap(cut => hostRules(cut, addresses, 'saddr')),
    ]),
    ...chain(
      'output',
      'output',
      'filter - 10',
      cuts.flatMap(cut => hostRules(cut, addresses, 'daddr')),
    ),
    ...chain('detour', 'prerouting', 'raw - 10', detour === undefined ? [] : [`iifname "${detour}" notrack`]),
    ...chain(
      'lossy_out',
      'prerouting',
      'raw',
      losses.map(loss => lossRule(loss, 'saddr')),
    ),
    ...chain(
      'lossy_in',
      'postrouting',
      'srcnat + 10',
      losses.map(loss => lossRule(loss, 'daddr')),
    ),
    '}',
  ].join('\n')}\n`
}

const setOf = (addresses: readonly string[]): string => `{ ${[...new Set(addresses)].sort().join(', ')} }`

function forwardRules({addresses, from}: Cut, {podRange}: BarrierAddresses): string[] {
  if (from === 'api') return []
  const own = setOf(addresses)
  if (from === 'all')
    return [`ip saddr ${own} ip daddr != ${own} drop`, `ip daddr ${own} ip saddr != ${own} drop`]
  if (from === 'pods') {
    return [
      `ip saddr ${own} ip daddr ${podRange} ip daddr != ${own} drop`,
      `ip daddr ${own} ip saddr ${podRange} ip saddr != ${own} drop`,
    ]
  }
  if (from.length === 0) return []
  const other = setOf(from)
  return [`ip saddr ${own} ip daddr ${other} drop`, `ip saddr ${other} ip daddr ${own} drop`]
}

/** What passes between pods and the machine itself, where the API server is. */
function hostRules({addresses, from}: Cut, {apiPort}: BarrierAddresses, side: 'saddr' | 'daddr'): string[] {
  const own = `ip ${side} ${setOf(addresses)}`
  if (from === 'all') return [`${own} drop`]
  if (from === 'api') return [`${own} tcp ${side === 'saddr' ? 'dport' : 'sport'} ${apiPort} drop`]
  return []
}

function lossRule({addresses, percent}: Loss, side: 'saddr' | 'daddr'): string {
  const own = `ip ${side} ${setOf(addresses)}`
  const share = Math.max(1, Math.round(percent * 10))
  return share >= 1000 ? `${own} drop` : `${own} numgen random mod 1000 < ${share} drop`
}
