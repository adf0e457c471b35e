/**
 * Shows that tests notice when a behaviour of the sandbox is gone: `node scripts/mutations.ts`. Each mutation
 * is made in a copy of the sources, where its test must fail. Exits with 1 when one goes unnoticed.
 */
import {spawnSync} from 'node:child_process'
import {cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

interface Mutation {
  behaviour: string
  file: string
  from: string
  to: string
  /** What must fail then. */
  test: string
}

const sandbox = 'src/lib/sandbox'
const contention = 'test/lib/sandbox/apiserver/contention.test.ts'
const mutations: readonly Mutation[] = [
  {
    behaviour: 'of two writers with one version, one is refused',
    file: `${sandbox}/apiserver/registry/update.ts`,
    from: 'throw modifiedMeanwhile(kind, name)',
    to: 'return',
    test: contention,
  },
  {
    behaviour: 'a watch from a forgotten version gets 410',
    file: `${sandbox}/apiserver/http/watch.ts`,
    from: 'if (missed === undefined) {',
    to: 'if (missed === undefined && version < 0) {',
    test: contention,
  },
  {
    behaviour: 'appliers of one field are told of their conflict',
    file: `${sandbox}/apiserver/apply/apply.ts`,
    from: 'const error = applyConflict(conflicts)',
    to: 'const error = applyConflict([])',
    test: contention,
  },
  {
    behaviour: 'an eviction respects its budget',
    file: `${sandbox}/apiserver/pods/eviction.ts`,
    from: '(status?.disruptionsAllowed ?? 0) <= 0',
    to: 'status === null',
    test: 'test/lib/sandbox/apiserver/pods.test.ts',
  },
  {
    behaviour: 'a CronJob that forbids overlaps waits',
    file: `${sandbox}/controllers/cronjobs/controller.ts`,
    from: "=== 'Forbid' &&",
    to: "=== 'Nothing' &&",
    test: 'test/lib/sandbox/controllers/cronjobs.test.ts',
  },
  {
    behaviour: 'OnDelete leaves running pods alone',
    file: `${sandbox}/controllers/statefulset/plan.ts`,
    from: "if (set.spec?.updateStrategy?.type !== 'OnDelete') updateOne",
    to: 'updateOne',
    test: 'test/lib/sandbox/controllers/statefulset.test.ts',
  },
]

const root = fileURLToPath(new URL('..', import.meta.url))
const copy = mkdtempSync(join(tmpdir(), 'pgk-mutations-'))

function passes(test: string): boolean {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  return spawnSync(process.execPath, [vitest, 'run', '--project', 'unit', test], {cwd: copy}).status === 0
}

function isNoticed({file, from, to, test}: Mutation): boolean {
  const path = join(copy, file)
  const original = readFileSync(path, 'utf8')
  if (!original.includes(from)) throw new Error(`${file} no longer has: ${from}`)
  writeFileSync(path, original.replace(from, to))
  try {
    return !passes(test)
  } finally {
    writeFileSync(path, original)
  }
}

let unnoticed = 0
try {
  for (const part of ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
    cpSync(join(root, part), join(copy, part), {recursive: true})
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const test of new Set(mutations.map(mutation => mutation.test))) {
    if (!passes(test)) throw new Error(`${test} fails by itself`)
  }
  for (const mutation of mutations) {
    const noticed = isNoticed(mutation)
    if (!noticed) unnoticed++
    process.stdout.write(`${noticed ? 'noticed  ' : 'UNNOTICED'}  ${mutation.behaviour}\n`)
  }
} finally {
  rmSync(copy, {recursive: true})
}
process.exitCode = unnoticed === 0 ? 0 : 1
