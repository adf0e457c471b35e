import {spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {TestProject} from 'vitest/node'

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

/** Chooses the Kubernetes that the whole suite runs against: the given one, or a sandbox of its own. */
export default function setup(project: TestProject): (() => void) | undefined {
  const given = process.env['PGK_E2E_KUBECONFIG']
  project.provide('image', process.env['PGK_E2E_IMAGE'] ?? '')
  project.provide('storageClass', process.env['PGK_E2E_STORAGE_CLASS'] ?? '')
  project.provide('sandbox', given === undefined)
  if (given !== undefined) {
    project.provide('kubeconfig', given)
    return undefined
  }
  const home = mkdtempSync(join(tmpdir(), 'pgk-e2e-'))
  run(['sandbox', 'up', '--name', sandboxName])
  const status: unknown = JSON.parse(run(['sandbox', 'status', '--name', sandboxName, '-o', 'json']))
  const kubeconfig: unknown =
    typeof status === 'object' && status !== null ? Reflect.get(status, 'kubeconfig') : undefined
  if (typeof kubeconfig !== 'string') throw new Error('sandbox status names no kubeconfig')
  project.provide('kubeconfig', kubeconfig)
  return () => {
    rmSync(home, {recursive: true, force: true})
    if (process.env['PGK_E2E_KEEP'] === undefined) run(['sandbox', 'down', '--purge', '--name', sandboxName])
  }
}
