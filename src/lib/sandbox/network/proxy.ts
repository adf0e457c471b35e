import type {Addresses} from '../ports.ts'
import type {Registry} from '../registry.ts'
import {endpointSlices, services} from '../resources.ts'
import {frontends} from './backends.ts'
import {type KeptRules, keepRules, loadRules, noTable} from './keep-rules.ts'
import {policyTable} from './policies/rules.ts'
import {ruleset, tableName} from './rules.ts'

export interface ProxyRequest {
  sandbox: string
  registry: Registry
  addresses: Addresses
  load: (rules: string) => Promise<void>
  log: (message: string) => void
}

/** Keeps the rules of ClusterIPs and node ports equal to the Services and their endpoints. */
export function startServiceProxy({sandbox, registry, addresses, load, log}: ProxyRequest): KeptRules {
  const table = tableName(sandbox)
  return keepRules({
    subject: 'Services',
    registry,
    types: [services, endpointSlices],
    render: () =>
      ruleset(table, addresses, frontends(registry.list(services), registry.list(endpointSlices))),
    load,
    log,
  })
}

/** Takes all rules of a sandbox's network away. */
export async function removeRules(sandbox: string): Promise<void> {
  for (const table of [tableName(sandbox), policyTable(sandbox)]) await loadRules(noTable(table))
}
