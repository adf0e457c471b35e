import {mkdtempSync, readFileSync, rmSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {delimiter, dirname, join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {pgk} from './support/commands.ts'
import {mismatch, readSteps, type Step} from './support/console.ts'
import {brokenSandbox, mayBreak} from './support/faults.ts'
import {type Shell, startShell} from './support/shell.ts'

const steps = readSteps(readFileSync('docs/guide/failure-lab.md', 'utf8'))
/** The reader's sandbox is called default; the test's must not be in anyone's way. */
const sandbox = `${brokenSandbox()}-lab`
const own = (text: string): string => text.replaceAll('/sandbox/default/', `/sandbox/${sandbox}/`)
const theirs = (text: string): string =>
  text.replaceAll(` --name ${sandbox}`, '').replaceAll(`sandbox ${sandbox} is`, 'sandbox default is')
const title = ({command, line}: Step): string => `line ${line}: ${command}`

describe.runIf(mayBreak())('the failure lab', () => {
  const bin = mkdtempSync(join(tmpdir(), 'pgk-guide-'))
  let shell: Shell | undefined
  let wrong: string | undefined
  beforeAll(() => {
    symlinkSync(join(process.cwd(), 'bin/run.js'), join(bin, 'pgk'))
    const path = [bin, dirname(process.execPath), process.env['PATH']].join(delimiter)
    shell = startShell(
      {...process.env, PGK_SANDBOX: sandbox, KUBECONFIG: '', NO_COLOR: '1', PATH: path},
      process.cwd(),
    )
  })
  afterAll(async () => {
    shell?.end()
    rmSync(bin, {recursive: true, force: true})
    await pgk(['sandbox', 'down', '--purge', '--name', sandbox])
  })

  // After a wrong step the rest would only be wrong in its wake, and none means the same a second time.
  it.each(steps.map(step => [title(step), step] as const))('%s', {retry: 0}, async (_, step) => {
    if (shell === undefined) throw new Error('no shell')
    if (wrong !== undefined) throw new Error(`not run after ${wrong}`)
    wrong = title(step)
    const {output, code} = await shell.run(own(step.command))
    expect(mismatch(step, theirs(output))).toBeUndefined()
    const isRefused = step.expected.some(line => line.includes('No space left'))
    if (isRefused) expect(code).not.toBe(0)
    else expect(code).toBe(0)
    wrong = undefined
  })
})
