import {run} from '../host/run.ts'
import type {Registry, ResourceType} from '../registry.ts'

export interface KeptRules {
  /** Resolves when the rules agree with all changes that were made before the call. */
  settled(): Promise<void>
  stop(): void
}

export interface RulesRequest {
  /** What they are for, in a sentence: `Services`. */
  subject: string
  registry: Registry
  /** What they depend on. */
  types: readonly ResourceType[]
  /** The whole table as text for `nft -f`. */
  render: () => string
  /** Hands the rules to the kernel; throws when it refuses them. */
  load: (rules: string) => Promise<void>
  log: (message: string) => void
}

/** Keeps a table of the kernel's equal to what objects say. */
export function keepRules({subject, registry, types, render, load, log}: RulesRequest): KeptRules {
  let loaded = ''
  let stopped = false
  let current: Promise<void> | undefined
  let again = false

  const synchronize = async (): Promise<void> => {
    do {
      again = false
      const wanted = render()
      if (wanted === loaded) continue
      try {
        await load(wanted)
        loaded = wanted
      } catch (error) {
        log(
          `nftables refused the rules of ${subject}: ${error instanceof Error ? error.message : String(error)}`,
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
  const stops = types.map(type => registry.watch(type, schedule))
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

/** Text that leaves nothing of a table. Declaring it first makes the deletion succeed whether or not it was there. */
export const noTable = (table: string): string => `table ip ${table}\ndelete table ip ${table}\n`
