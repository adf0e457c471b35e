import {run} from '../host/run.ts'
import type {Addresses} from '../ports.ts'
import type {Registry} from '../registry.ts'
import {endpointSlices, services} from '../resources.ts'
import {frontends} from './backends.ts'
import {ruleset, tableName} from './rules.ts'

export interface ServiceProxy {
  /** Resolves when the rules agree with all changes that were made before the call. */
  settled(): Promise<void>
  stop(): void
}

export interface ProxyRequest {
  sandbox: string
  registry: Registry
  addresses: Addresses
  /** Hands the rules to the kernel; throws when it refuses them. */
  load: (rules: string) => Promise<void>
  log: (message: string) => void
}

/** Keeps the rules of ClusterIPs and node ports equal to the Services and their endpoints. */
export function startServiceProxy(request: ProxyRequest): ServiceProxy {
  const {registry, addresses, log} = request
  const table = tableName(request.sandbox)
  let loaded = ''
  let stopped = false
  let current: Promise<void> | undefined
  let again = false

  const synchronize = async (): Promise<void> => {
    do {
      again = false
      const wanted = ruleset(
        table,
        addresses,
        frontends(registry.list(services), registry.list(endpointSlices)),
      )
      if (wanted === loaded) continue
      try {
        await request.load(wanted)
        loaded = wanted
      } catch (error) {
        log(
          `nftables refused the rules of Services: ${error instanceof Error ? error.message : String(error)}`,
        )
      }
    } while (again && !stopped)
  }
  const schedule = (): void => {
    if (stopped) return
    again = true
    current ??= synchronize().finally(() => {
      current = undefined
    })
  }
  const stops = [registry.watch(services, schedule), registry.watch(endpointSlices, schedule)]
  schedule()
  return {
    async settled() {
      await new Promise(resolve => setImmediate(resolve))
      await current
    },
    stop() {
      stopped = true
      for (const stop of stops) stop()
    },
  }
}

export async function loadRules(rules: string): Promise<void> {
  await run('nft', ['-f', '-'], {input: rules})
}

export async function removeRules(sandbox: string): Promise<void> {
  const table = tableName(sandbox)
  // Declaring it first makes the deletion succeed whether or not it was there.
  await loadRules(`table ip ${table}\ndelete table ip ${table}\n`)
}
