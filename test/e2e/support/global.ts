import {spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import type {TestProject} from 'vitest/node'
import {footprint} from '../../node/support/machine.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Kubeconfig of the Kubernetes under test. */
    kubeconfig: string
    /** Image to use instead of the table's, or ''. */
    image: string
    /** Storage class to ask for, or '' for the default one. */
    storageClass: string
    /** True when the suite brought its own sandbox. */
    sandbox: boolean
  }
}

/** Another name lets two runs share a machine. */
const sandboxName = process.env['PGK_E2E_SANDBOX'] ?? 'e2e'

function run(args: string[]): string {
  const result = spawnSync(process.execPath, ['bin/run.js', ...args], {encoding: 'utf8'})
  if (result.status !== 0) throw new Error(`pgk ${args.join(' ')} exited ${result.status}\n${result.stderr}`)
  return result.stdout
}

/** How the addresses of the sandbox begin, as `10.233`. */
function blockOf(kubeconfig: string): string {
  const settings = readFileSync(join(dirname(kubeconfig), 'sandbox.json'), 'utf8')
  return /"block":"(\d+\.\d+)\./.exec(settings)?.[1] ?? 'none'
}

/** Chooses the Kubernetes that the whole suite runs against: the given one, or a sandbox of its own. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['PGK_E2E_KUBECONFIG']
  project.provide('image', process.env['PGK_E2E_IMAGE'] ?? '')
  project.provide('storageClass', process.env['PGK_E2E_STORAGE_CLASS'] ?? '')
  project.provide('sandbox', given === undefined)
  if (given !== undefined) {
    project.provide('kubeconfig', given)
    return undefined
  }
  const home = mkdtempSync(join(tmpdir(), 'pgk-e2e-'))
  // Of an earlier run that was told to keep its sandbox there is something already.
  const before = new Set(await footprint(sandboxName, 'none'))
  run(['sandbox', 'up', '--name', sandboxName])
  const status: unknown = JSON.parse(run(['sandbox', 'status', '--name', sandboxName, '-o', 'json']))
  const kubeconfig: unknown =
    typeof status === 'object' && status !== null ? Reflect.get(status, 'kubeconfig') : undefined
  if (typeof kubeconfig !== 'string') throw new Error('sandbox status names no kubeconfig')
  project.provide('kubeconfig', kubeconfig)
  const block = blockOf(kubeconfig)
  return async () => {
    rmSync(home, {recursive: true, force: true})
    if (process.env['PGK_E2E_KEEP'] !== undefined) return
    run(['sandbox', 'down', '--purge', '--name', sandboxName])
    const left = (await footprint(sandboxName, block)).filter(each => !before.has(each))
    if (left.length > 0) throw new Error(`down --purge leaves on the machine:\n${left.join('\n')}`)
  }
}
