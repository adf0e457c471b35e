import {connectApi} from './sandbox/api.ts'
import {measureApplies, measurePods, measureWatches} from './sandbox/changes.ts'
import {type Figure, print} from './sandbox/figures.ts'
import {measureAdoption, measureMemory, measureUp, pgk} from './sandbox/life.ts'
import {measureLists} from './sandbox/lists.ts'

/**
 * What a sandbox takes of a machine's time and memory, on one of its own that is removed afterwards. Needs root, the
 * images in the cache and a build. Exits with 1 when a goal is missed. Usage: npm run bench:sandbox
 */
const name = process.env['PGK_BENCH_SANDBOX'] ?? 'bench'
const kubeconfig = `${process.env['PGK_SANDBOX_ROOT'] ?? '/var/lib/pgk/sandbox'}/${name}/kubeconfig`
const machine = {name, kubeconfig}

try {
  const figures: Figure[] = [measureUp(name)]
  pgk(['create', 'cluster', 'hippo', '--replicas', '3'], kubeconfig)
  figures.push(...(await measureMemory(machine)), await measureAdoption(machine))
  pgk(['delete', 'cluster', 'hippo', '--purge', '--confirm', 'hippo'], kubeconfig)
  const api = connectApi(kubeconfig)
  figures.push(...(await measurePods(api)), ...(await measureWatches(api)), ...(await measureApplies(api)))
  figures.push(...(await measureLists(api)))
  api.agent.destroy()
  if (!print(figures)) process.exitCode = 1
} finally {
  pgk(['sandbox', 'down', '--purge', '--name', name])
}
