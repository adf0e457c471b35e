import {mkdtempSync, readFileSync, rmSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {delimiter, dirname, join} from 'node:path'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {useCluster} from './support/cluster.ts'
import {mismatch, readSteps} from './support/console.ts'
import {type Shell, startShell} from './support/shell.ts'

const steps = readSteps(readFileSync('docs/guide/backups.md', 'utf8'))

describe('the page about backups', () => {
  const cluster = useCluster('guide', ['--replicas', '1'])
  const bin = mkdtempSync(join(tmpdir(), 'pgk-guide-'))
  let shell: Shell | undefined
  beforeAll(() => {
    symlinkSync(join(process.cwd(), 'bin/run.js'), join(bin, 'pgk'))
    const path = [bin, dirname(process.execPath), process.env['PATH']].join(delimiter)
    const own = {
      KUBECONFIG: inject('kubeconfig'),
      PGK_NAMESPACE: cluster.namespace,
      NO_COLOR: '1',
      PATH: path,
    }
    shell = startShell({...process.env, ...own}, process.cwd())
  })
  afterAll(() => {
    shell?.end()
    rmSync(bin, {recursive: true, force: true})
  })

  it.each(steps.map(step => [`line ${step.line}: ${step.command}`, step] as const))('%s', async (_, step) => {
    if (shell === undefined) throw new Error('no shell')
    const {output, code} = await shell.run(step.command)
    expect(mismatch(step, output)).toBeUndefined()
    expect(code).toBe(0)
  })
})
