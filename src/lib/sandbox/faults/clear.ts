import {loadRules} from '../network/keep-rules.ts'
import type {SandboxPaths} from '../ports.ts'
import {barrierRules, faultTable} from './cuts.ts'
import {Delays} from './delays.ts'
import {emptyVolume} from './disk.ts'
import {continueAll} from './processes.ts'
import {readFaults, writeFaults} from './state.ts'

/** Undoes everything that faults have set up on this machine, for a sandbox that is about to end. */
export async function clearFaults(sandbox: string, paths: SandboxPaths): Promise<void> {
  // A list that cannot be read must not keep the rest from being undone.
  const faults = await readFaults(paths).catch(() => [])
  for (const {fault, held} of faults) {
    if (fault.kind === 'disk-full') for (const path of held) await emptyVolume(path)
    if (fault.kind === 'pause' || fault.kind === 'node-down')
      for (const group of held) await continueAll(group)
  }
  const nothing = {podRange: '', bridgeIp: '', apiPort: 0}
  await loadRules(barrierRules(faultTable(sandbox), nothing, {cuts: [], losses: [], api: 'open'}))
  await new Delays(sandbox).clear()
  await writeFaults(paths, [])
}
