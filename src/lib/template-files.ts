import {readdirSync, readFileSync} from 'node:fs'
import {join, relative, sep} from 'node:path'
import {fileURLToPath} from 'node:url'
import {closest} from 'fastest-levenshtein'
import {notFoundError, usageError} from './errors.ts'
import {templatePaths} from './render/inventory.ts'
import type {TemplateTexts} from './render/renderer.ts'

const suffix = '.yaml.liquid'

/** The templates that come with pgk: beside `src` in a checkout, beside `dist` in a package. */
export const builtInTemplates = fileURLToPath(new URL('../../templates', import.meta.url))

function readable(directory: string): string[] {
  try {
    return readdirSync(directory, {recursive: true, encoding: 'utf8'})
  } catch (error) {
    throw notFoundError('TEMPLATES_NOT_FOUND', 'the directory of templates cannot be read', {
      object: directory,
      cause: error,
    })
  }
}

/** A file that shadows nothing would silently do nothing. */
function assertShadows(path: string, directory: string): void {
  if (templatePaths.some(known => known === path)) return
  throw usageError('TEMPLATE_UNKNOWN', `there is no template ${path}${suffix} to replace`, {
    object: `directory ${directory}`,
    hints: [`Did you mean ${closest(path, [...templatePaths])}${suffix}?`],
  })
}

/**
 * The text of every template. A file of `overrides` at the same relative path shadows the built-in one;
 * a template file there that shadows none is an error.
 */
export function loadTemplates(overrides?: string): TemplateTexts {
  const texts = new Map<string, string>()
  for (const path of templatePaths)
    texts.set(path, readFileSync(join(builtInTemplates, path + suffix), 'utf8'))
  if (overrides === undefined) return texts
  for (const file of readable(overrides).filter(name => name.endsWith(suffix))) {
    const path = relative('.', file).split(sep).join('/').slice(0, -suffix.length)
    assertShadows(path, overrides)
    texts.set(path, readFileSync(join(overrides, file), 'utf8'))
  }
  return texts
}
