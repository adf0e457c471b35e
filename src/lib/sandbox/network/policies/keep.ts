import type {Registry} from '../../registry.ts'
import {namespaces, networkPolicies, pods} from '../../resources.ts'
import {type KeptRules, keepRules} from '../keep-rules.ts'
import {policyRules, policyTable} from './rules.ts'

export interface PoliciesRequest {
  sandbox: string
  registry: Registry
  load: (rules: string) => Promise<void>
  log: (message: string) => void
}

/** Keeps what passes between pods equal to the NetworkPolicies. */
export function startNetworkPolicies({sandbox, registry, load, log}: PoliciesRequest): KeptRules {
  const table = policyTable(sandbox)
  return keepRules({
    subject: 'NetworkPolicies',
    registry,
    types: [networkPolicies, pods, namespaces],
    render: () =>
      policyRules(table, registry.list(networkPolicies), {
        pods: registry.list(pods),
        namespaces: registry.list(namespaces),
      }),
    load,
    log,
  })
}
