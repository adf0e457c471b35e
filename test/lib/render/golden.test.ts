import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {stringify} from 'yaml'
import {createRenderer} from '../../../src/lib/render/renderer.ts'
import {fromBucket} from '../../../src/lib/render/restore-view.ts'
import {loadTemplates} from '../../../src/lib/template-files.ts'
import {caseNames, goldenDirectory, readCase} from './cases.ts'

/** `UPDATE_GOLDEN=1` writes what is rendered now; the diff is then reviewed as a change of behaviour. */
const update = process.env['UPDATE_GOLDEN'] === '1'

function render(name: string): Map<string, string> {
  const {document, facts} = readCase(name)
  const renderer = createRenderer(loadTemplates())
  const backup = {
    name: `${document.metadata.name}-backup-abcd`,
    repo: 'repo1',
    type: 'full',
    reason: 'manual',
  } as const
  const job = document.spec.backups
    ? [{path: 'pgbackrest/backup-job', object: renderer.backupJob(document, facts, backup)}]
    : []
  const looks = document.spec.dataSource?.pgbackrest ? (['restore', 'look'] as const) : []
  const restores = looks.map(mode => {
    const [{name: instance, set} = {name: '', set: ''}] = facts.instances
    const source = fromBucket(document)
    const request = {id: 'abcde', mode, instance, set, options: ['--repo=1'], source}
    return {path: 'pgbackrest/restore-job', object: renderer.restoreJob(document, facts, request)}
  })
  const texts = new Map<string, string>()
  for (const {path, object} of [...renderer.inventory(document, facts), ...job, ...restores]) {
    const text = stringify(object, {lineWidth: 0, aliasDuplicateObjects: false})
    texts.set(path, texts.has(path) ? `${texts.get(path)}---\n${text}` : text)
  }
  return texts
}

function goldenPaths(name: string): string[] {
  const files = readdirSync(join(goldenDirectory, name), {recursive: true, encoding: 'utf8'})
  return files
    .filter(file => file.endsWith('.yaml') && file !== 'cluster.yaml')
    .map(file => file.slice(0, -5))
}

const fileOf = (name: string, path: string): string => join(goldenDirectory, name, `${path}.yaml`)

function write(name: string, texts: ReadonlyMap<string, string>): void {
  for (const path of goldenPaths(name)) rmSync(fileOf(name, path))
  for (const [path, text] of texts) {
    mkdirSync(dirname(fileOf(name, path)), {recursive: true})
    writeFileSync(fileOf(name, path), text)
  }
}

describe.each(caseNames)('a cluster of the case %s', name => {
  const texts = render(name)
  if (update) write(name, texts)

  it('consists of the objects that its goldens show, and no others', () => {
    expect([...texts.keys()].sort()).toEqual(goldenPaths(name).sort())
  })

  it.each([...texts.keys()])('renders %s as its golden shows', path => {
    const file = fileOf(name, path)
    expect(texts.get(path)).toBe(existsSync(file) ? readFileSync(file, 'utf8') : 'no golden')
  })
})
