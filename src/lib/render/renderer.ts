import {failedError} from '../errors.ts'
import type {CompleteCluster} from '../model/document.ts'
import type {KubeObject} from '../ports.ts'
import {dress} from './dress.ts'
import {type CompiledTemplate, createEngine} from './engine.ts'
import type {Facts} from './facts.ts'
import {
  backupItem,
  type InventoryItem,
  inventory,
  restoreItem,
  sharedView,
  type TemplatePath,
  templatePaths,
} from './inventory.ts'
import type {BackupRequest} from './pgbackrest-view.ts'
import type {RestoreJobRequest} from './restore-view.ts'

/** The text of every template by its path below `templates/`, without `.yaml.liquid`. */
export type TemplateTexts = ReadonlyMap<string, string>

export interface Rendered {
  path: TemplatePath
  object: KubeObject
}

/** The objects of clusters, made from one set of templates. Objects are frozen; do not change them. */
export interface Renderer {
  /** Everything but Secrets and one-off Jobs, with the template each came from. */
  inventory(document: CompleteCluster, facts: Facts): Rendered[]
  /** The same, objects only. */
  cluster(document: CompleteCluster, facts: Facts): KubeObject[]
  /** A Job that makes one backup. */
  backupJob(document: CompleteCluster, facts: Facts, request: BackupRequest): KubeObject
  /** A Job that restores an instance's volumes. */
  restoreJob(document: CompleteCluster, facts: Facts, request: RestoreJobRequest): KubeObject
  /** The variables that the templates read, with the template that does. */
  variables(): ReadonlyMap<string, readonly string[]>
}

export function createRenderer(texts: TemplateTexts): Renderer {
  const engine = createEngine()
  const compiled = new Map<string, CompiledTemplate>()
  const template = (path: TemplatePath): CompiledTemplate => {
    const known = compiled.get(path)
    if (known) return known
    const text = texts.get(path)
    if (text === undefined) throw failedError('TEMPLATE_MISSING', `there is no template ${path}`)
    const fresh = engine.compile(path, text)
    compiled.set(path, fresh)
    return fresh
  }
  const render = (item: InventoryItem): KubeObject => template(item.path).render(item.view)
  const rendered = (document: CompleteCluster, facts: Facts): Rendered[] =>
    inventory(document, facts, job => render(job)['spec']).map(item => ({
      path: item.path,
      object: dress(render(item), item, facts),
    }))
  return {
    inventory: rendered,
    cluster: (document, facts) => rendered(document, facts).map(({object}) => object),
    backupJob: (document, facts, request) => {
      const item = backupItem(document, sharedView(document, facts), request)
      return dress(render(item), item, facts)
    },
    restoreJob: (document, facts, request) => {
      const item = restoreItem(document, sharedView(document, facts), request)
      return dress(render(item), item, facts)
    },
    variables: () => new Map(templatePaths.map(path => [path, template(path).variables])),
  }
}
