import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, describe, expect, it} from 'vitest'
import {inventory, templatePaths} from '../../../src/lib/render/inventory.ts'
import {createRenderer} from '../../../src/lib/render/renderer.ts'
import {builtInTemplates, loadTemplates} from '../../../src/lib/template-files.ts'
import {caseNames, readCase} from './cases.ts'

const renderer = createRenderer(loadTemplates())
const inUse = [...new Set([...renderer.variables().values()].flat())].sort()

describe('the templates', () => {
  it('are exactly those of the inventory', () => {
    const files = readdirSync(builtInTemplates, {recursive: true, encoding: 'utf8'})
    const found = files
      .filter(file => file.endsWith('.liquid'))
      .map(file => file.replace(/\.yaml\.liquid$/, ''))
    expect(found.sort()).toEqual([...templatePaths].sort())
  })

  it('read exactly the variables that their README lists', () => {
    const readme = readFileSync(join(builtInTemplates, 'README.md'), 'utf8')
    const listed = [...readme.matchAll(/^\| `([\w.]+)` \|/gm)].map(match => match[1])
    expect(listed.length).toBe(new Set(listed).size)
    expect([...listed].sort()).toEqual(inUse)
  })

  it('read everything that the view offers', () => {
    const offered = new Set<string>()
    for (const name of caseNames) {
      const {document, facts} = readCase(name)
      for (const {view} of inventory(document, facts, () => ({}))) {
        for (const [section, fields] of Object.entries(view)) {
          for (const field of Object.keys(fields)) offered.add(`${section}.${field}`)
        }
      }
    }
    // No case's inventory holds a one-off Job.
    const expected = inUse.filter(variable => !/^(backup|restore)\./.test(variable))
    expect([...offered].sort()).toEqual(expected)
  })
})

describe('a directory of templates', () => {
  const directory = mkdtempSync(join(tmpdir(), 'templates-'))
  afterEach(() => rmSync(directory, {recursive: true, force: true}))

  const put = (path: string, text: string): void => {
    mkdirSync(join(directory, 'postgres'), {recursive: true})
    writeFileSync(join(directory, path), text)
  }

  it('replaces the built-in template of the same path and leaves the others', () => {
    put(
      'postgres/serviceaccount.yaml.liquid',
      'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {{ names.ha }}\n',
    )
    const {document, facts} = readCase('default')
    const names = createRenderer(loadTemplates(directory))
      .cluster(document, facts)
      .slice(0, 2)
      .map(({kind, metadata}) => `${kind}/${metadata.name}`)
    expect(names).toEqual(['ServiceAccount/hippo-ha', 'Role/hippo-instance'])
  })

  it('must not hold a template that replaces nothing', () => {
    put('postgres/servicacount.yaml.liquid', '')
    expect(() => loadTemplates(directory)).toThrow(
      expect.objectContaining({
        code: 'PGK_TEMPLATE_UNKNOWN',
        hints: ['Did you mean postgres/serviceaccount.yaml.liquid?'],
      }),
    )
  })

  it('must exist', () => {
    expect(() => loadTemplates(join(directory, 'missing'))).toThrow(
      expect.objectContaining({code: 'PGK_TEMPLATES_NOT_FOUND'}),
    )
  })
})
