/**
 * Shows that tests notice when a behaviour of the sandbox is gone: `node scripts/mutations.ts`. Each mutation
 * is made in a copy of the sources, where its test must fail. Exits with 1 when one goes unnoticed. Those that only
 * real containers show are left out without root.
 */
import {spawnSync} from 'node:child_process'
import {cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {type Mutation, mutations} from './mutations-list.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const copy = mkdtempSync(join(tmpdir(), 'pgk-mutations-'))

/** What hangs for want of a behaviour has failed; a second try would prove nothing. */
const impatient = ['--testTimeout=30000', '--retry=0']

function passes({test, project = 'unit', claim}: Mutation): boolean {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const only = claim === undefined ? [] : ['--testNamePattern', claim]
  const args = [vitest, 'run', '--project', project, ...impatient, ...only, test]
  return spawnSync(process.execPath, args, {cwd: copy}).status === 0
}

function isNoticed(mutation: Mutation): boolean {
  const {file, from, to} = mutation
  const path = join(copy, file)
  const original = readFileSync(path, 'utf8')
  if (!original.includes(from)) throw new Error(`${file} no longer has: ${from}`)
  writeFileSync(path, original.replace(from, to))
  try {
    return !passes(mutation)
  } finally {
    writeFileSync(path, original)
  }
}

const chosen = mutations.filter(({project}) => project !== 'node' || process.getuid?.() === 0)
let unnoticed = 0
try {
  for (const part of ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
    cpSync(join(root, part), join(copy, part), {recursive: true})
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const tests = new Map(chosen.map(mutation => [`${mutation.test} ${mutation.claim ?? ''}`, mutation]))
  for (const [test, mutation] of tests) if (!passes(mutation)) throw new Error(`${test} fails by itself`)
  for (const mutation of chosen) {
    const noticed = isNoticed(mutation)
    if (!noticed) unnoticed++
    process.stdout.write(`${noticed ? 'noticed  ' : 'UNNOTICED'}  ${mutation.behaviour}\n`)
  }
} finally {
  rmSync(copy, {recursive: true})
}
process.exitCode = unnoticed === 0 ? 0 : 1
