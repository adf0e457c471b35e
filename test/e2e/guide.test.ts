import {mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {delimiter, dirname, join} from 'node:path'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {json, kubectl, pgk} from './support/commands.ts'
import {mismatch, readFiles, readSteps, type Step} from './support/console.ts'
import {startShell} from './support/shell.ts'

const page = readFileSync('docs/guide/getting-started.md', 'utf8')
const steps = readSteps(page)
/** The page's first part is about the sandbox and ends when it goes down. */
const half = steps.findIndex(({command}) => command.startsWith('pgk sandbox down')) + 1

/** A reader's machine: a home of their own, `pgk` on the PATH as the page puts it there. */
function reader(environment: Record<string, string>) {
  const home = mkdtempSync(join(tmpdir(), 'pgk-guide-'))
  const bin = join(home, 'bin')
  mkdirSync(bin)
  const shell = startShell(
    {
      ...process.env,
      KUBECONFIG: '',
      NO_COLOR: '1',
      HOME: home,
      PATH: [bin, dirname(process.execPath), process.env['PATH']].join(delimiter),
      ...environment,
    },
    process.cwd(),
  )
  return {
    home,
    bin,
    shell,
    remove: () => {
      shell.end()
      rmSync(home, {recursive: true, force: true})
    },
  }
}

/** The page's files, with what the suite was given. */
function writeFiles(home: string): void {
  for (const {name, content} of readFiles(page)) {
    const storageClass = inject('storageClass')
    const claim =
      storageClass === '' ? '$1accessModes:' : `$1storageClassName: ${storageClass}\n$1accessModes:`
    const image = inject('image')
    const text = content
      .replaceAll(/^( +)accessModes:/gm, claim)
      .replaceAll(/image: registry\S+/g, image === '' ? '$&' : `image: ${image}`)
    writeFileSync(join(home, name), text)
  }
}

/** Follows steps one after the other; after a wrong one the rest would only be wrong in its wake. */
function follower(run: (command: string) => Promise<{output: string; code: number}>) {
  let wrong: string | undefined
  return async (step: Step): Promise<void> => {
    if (wrong !== undefined) throw new Error(`not run after ${wrong}`)
    wrong = title(step)
    const {output, code} = await run(step.command)
    expect(mismatch(step, output)).toBeUndefined()
    const refused = step.expected.some(line => line.startsWith('Error:'))
    const differs = step.command.startsWith('pgk diff')
    if (refused) expect(code).toBeGreaterThan(1)
    else expect(code).toBe(differs ? 1 : 0)
    wrong = undefined
  }
}

const title = ({command, line}: Step): string => `line ${line}: ${command}`

describe.runIf(inject('sandbox'))('the guide, on a sandbox', () => {
  const machine = reader({PGK_SANDBOX: 'guide'})
  beforeAll(() => {
    writeFiles(machine.home)
    expect(half).toBeGreaterThan(5)
  })
  afterAll(async () => {
    machine.remove()
    await pgk(['sandbox', 'down', '--purge', '--name', 'guide'])
  })
  // The reader's sandbox is called default; the test's must not be in anyone's way.
  const own = (text: string) =>
    text.replaceAll('/sandbox/default/', '/sandbox/guide/').replaceAll('/usr/local/bin', machine.bin)
  const theirs = (text: string) =>
    text.replaceAll('/sandbox/guide/', '/sandbox/default/').replaceAll(/\bguide(?= (running|is))/g, 'default')

  const follow = follower(async command => {
    const {output, code} = await machine.shell.run(own(command))
    return {output: theirs(output), code}
  })

  it.each(steps.slice(0, half).map(step => [title(step), step] as const))('%s', async (_, step) => {
    await follow(step)
  })
})

describe('the guide, on any Kubernetes', () => {
  const machine = reader({
    KUBECONFIG: inject('kubeconfig'),
    ...(inject('image') === '' ? {} : {RELATED_IMAGE_POSTGRES_17: inject('image')}),
  })
  beforeAll(async () => {
    writeFiles(machine.home)
    symlinkSync(join(process.cwd(), 'bin/run.js'), join(machine.bin, 'pgk'))
    const namespaces = await json(kubectl(['get', 'namespaces', '-o', 'json']))
    expect(JSON.stringify(namespaces)).not.toContain('"name":"shop"')
    await machine.shell.run('cd')
  })
  afterAll(async () => {
    machine.remove()
    await pgk(['delete', 'cluster', 'shop', '-n', 'shop', '--purge', '--confirm', 'shop'])
    await kubectl(['delete', 'namespace', 'shop', '--ignore-not-found'])
  })

  const follow = follower(command => machine.shell.run(command))

  it.each(steps.slice(half).map(step => [title(step), step] as const))('%s', async (_, step) => {
    await follow(step)
  })
})
