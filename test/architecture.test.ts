import {globSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {expect, test} from 'vitest'

const files = globSync(['src/**/*.ts', 'test/**/*.ts', 'bin/*.js', 'scripts/*.{ts,js}'])
  .map(file => file.split(path.sep).join('/'))
  .filter(file => !file.includes('/fixtures/'))
  .sort()
const sources = files.filter(file => file.startsWith('src/'))

interface Import {
  file: string
  /** A path from the repository's root, or a package. */
  target: string
  typeOnly: boolean
}

/** Static and dynamic imports and re-exports; a string in a template is no import. */
const statement =
  /^\s*(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(statement)].map(([, type, named, dynamic]) => {
    const target = named ?? dynamic ?? ''
    return {
      file,
      target: target.startsWith('.') ? path.posix.join(path.posix.dirname(file), target) : target,
      typeOnly: type !== undefined,
    }
  })
}

const imports = sources.flatMap(importsOf)

/**
 * The rooms of src/lib, lowest floor first. A room imports from floors below it and from itself. Components
 * are one floor: what one of them lays out (paths, ports, parameters), another may read.
 */
const floors: readonly (readonly string[])[] = [
  ['src/lib/errors.ts', 'src/lib/record.ts', 'src/lib/shell-word.ts'],
  ['src/lib/ports.ts'],
  ['src/lib/model/'],
  ['src/lib/kube/'],
  [
    'src/lib/postgres/',
    'src/lib/patroni/',
    'src/lib/pgbackrest/',
    'src/lib/pgbouncer/',
    'src/lib/monitoring/',
    'src/lib/pki/',
  ],
  ['src/lib/render/'],
  ['src/lib/observe/'],
  ['src/lib/decide/'],
  ['src/lib/verbs/'],
  ['src/lib/converge/'],
  ['src/lib/template-files.ts', 'src/lib/wire-engine.ts', 'src/lib/wire.ts'],
  ['src/lib/ui/'],
  ['src/commands/'],
]
const sandbox = 'src/lib/sandbox/'

const floorOf = (file: string): number =>
  floors.findIndex(rooms => rooms.some(room => (room.endsWith('/') ? file.startsWith(room) : file === room)))
const roomOf = (file: string): string | undefined =>
  floors.flat().find(room => (room.endsWith('/') ? file.startsWith(room) : file === room))
const inSandbox = (file: string): boolean =>
  file.startsWith(sandbox) || file.startsWith('src/commands/sandbox/')

/** Floors with one room have nobody beside them. */
const exclusive = (file: string): boolean => floors[floorOf(file)]?.length === 1

test('every file of src lives in a room that the house knows', () => {
  expect(sources.filter(file => !file.startsWith(sandbox) && floorOf(file) === -1)).toEqual([])
})

test('imports go down: no room imports from a floor above it', () => {
  const wrong = imports.filter(({file, target}) => {
    if (!target.startsWith('src/') || file.startsWith(sandbox) || inSandbox(file)) return false
    if (roomOf(file) === roomOf(target)) return false
    const beside = floorOf(file) === floorOf(target) && !exclusive(file)
    return floorOf(target) >= floorOf(file) && !beside
  })
  expect(wrong.map(({file, target}) => `${file} imports ${target}`)).toEqual([])
})

test('what decides is pure: no I/O, clock, randomness or environment in model, verbs, decide and render', () => {
  const pure = ['src/lib/model/', 'src/lib/verbs/', 'src/lib/decide/', 'src/lib/render/']
  const worldly =
    /from 'node:(?!util'|buffer'|path'|crypto')|\bprocess\.|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bfetch\(|\bset(Timeout|Interval)\(/
  const offenders = sources
    .filter(file => pure.some(room => file.startsWith(room)))
    .filter(file => worldly.test(readFileSync(file, 'utf8')))
  expect(offenders).toEqual([])
})

test('pure rooms never import what touches the world', () => {
  const pure = ['src/lib/model/', 'src/lib/verbs/', 'src/lib/decide/', 'src/lib/render/']
  const wrong = imports.filter(
    ({file, target, typeOnly}) =>
      !typeOnly && pure.some(room => file.startsWith(room)) && target.startsWith('src/lib/kube/'),
  )
  expect(wrong.map(({file, target}) => `${file} imports ${target}`)).toEqual([])
})

test.each([
  ['@kubernetes/client-node', ['src/lib/kube/']],
  ['chalk', ['src/lib/ui/']],
  ['listr2', ['src/lib/ui/']],
  ['inquirer', ['src/lib/ui/']],
  ['cli-table3', ['src/lib/ui/']],
  ['@oclif/core', ['src/lib/ui/', 'src/commands/']],
  ['liquidjs', ['src/lib/render/']],
])('%s has one home', (name, homes) => {
  const elsewhere = imports.filter(
    ({file, target}) =>
      (target === name || target.startsWith(`${name}/`)) && !homes.some(home => file.startsWith(home)),
  )
  expect(elsewhere.map(({file}) => file)).toEqual([])
})

test('the composition root is reached only through the base command', () => {
  const reached = imports.filter(
    ({file, target, typeOnly}) =>
      !typeOnly && target === 'src/lib/wire.ts' && !file.startsWith('src/lib/ui/'),
  )
  expect(reached.map(({file}) => file)).toEqual([])
})

test('the sandbox imports nothing of pgk but the errors, and only its own commands import it', () => {
  const out = imports.filter(
    ({file, target}) =>
      file.startsWith(sandbox) &&
      target.startsWith('src/') &&
      !target.startsWith(sandbox) &&
      target !== 'src/lib/errors.ts',
  )
  const into = imports.filter(({file, target}) => target.startsWith(sandbox) && !inSandbox(file))
  expect([...out, ...into].map(({file, target}) => `${file} imports ${target}`)).toEqual([])
})

test('nothing outside the sandbox mentions it, but for the one place that chooses a kubeconfig', () => {
  const mentioning = sources.filter(file => !inSandbox(file) && /sandbox/i.test(readFileSync(file, 'utf8')))
  expect(mentioning).toEqual(['src/lib/kube/connect.ts'])
})

test('the sandbox knows nothing of Postgres', () => {
  const knowing = sources.filter(
    file => file.startsWith(sandbox) && /patroni|pgbackrest|\bpsql\b/i.test(readFileSync(file, 'utf8')),
  )
  expect(knowing.filter(file => !file.startsWith('src/lib/sandbox/image/'))).toEqual([])
})

test('no file is longer than 300 lines', () => {
  const long = files.map(file => [file, readFileSync(file, 'utf8').split('\n').length - 1] as const)
  expect(long.filter(([, lines]) => lines > 300)).toEqual([])
})

test('no room is named after a kind of thing', () => {
  const forbidden = /(^|\/)(utils?|helpers?|common|shared|managers?|types|misc)(\/|$)/
  expect(sources.filter(file => forbidden.test(file.replace(/\.ts$/, '')))).toEqual([])
})

test('nothing but a command is exported by default, and no file re-exports another', () => {
  const wrong = sources.filter(file => {
    const text = readFileSync(file, 'utf8')
    const byDefault = /^export default /m.test(text) && !file.startsWith('src/commands/')
    return byDefault || /^export (\*|\{[^}]*\}) from /m.test(text)
  })
  expect(wrong).toEqual([])
})

test('a command file is short: it is a sentence', () => {
  const long = sources
    .filter(file => file.startsWith('src/commands/'))
    .map(file => [file, readFileSync(file, 'utf8').split('\n').length] as const)
  expect(long.filter(([, lines]) => lines > 160)).toEqual([])
})

test('every command has a summary, examples and names the rights it needs', () => {
  const incomplete = sources.filter(file => {
    if (!file.startsWith('src/commands/') || inSandbox(file)) return false
    const text = readFileSync(file, 'utf8')
    return (
      !/static override summary/.test(text) ||
      !/static override examples/.test(text) ||
      !/[Nn]eeds/.test(text)
    )
  })
  expect(incomplete).toEqual([])
})
