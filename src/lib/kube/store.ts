import {notFoundError, PgkError} from '../errors.ts'
import {API_VERSION, KIND} from '../model/document.ts'
import {mergeStatus} from '../model/merge-status.ts'
import type {DocumentRef, Kube, KubeObject, ListOptions, ObjectRef, Store, StoredDocument} from '../ports.ts'
import {isRecord} from '../record.ts'
import {
  configMapOf,
  configMapRef,
  documentIn,
  documentSelector,
  holdsDocument,
  statusPatch,
} from './document-config-map.ts'
import {refuseLiveOperator} from './live-operator.ts'

const resourceKind = {apiVersion: API_VERSION, kind: KIND}
const resourceRef = ({namespace, name}: DocumentRef): ObjectRef => ({...resourceKind, namespace, name})

const fromResource = (document: KubeObject): StoredDocument => ({
  document,
  home: 'CustomResource',
  owner: {
    ...resourceKind,
    name: document.metadata.name ?? '',
    uid: document.metadata.uid ?? '',
    controller: true,
  },
})

/** Undefined where the custom resource is not installed. */
async function whereServed<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof PgkError && error.code === 'PGK_KIND_NOT_SERVED') return undefined
    throw error
  }
}

const keyOf = ({document: {metadata}}: StoredDocument): string => `${metadata.namespace}/${metadata.name}`

/** The fields of a document that pgk applies; a server's own bookkeeping is not sent back. */
function wantedOf({metadata, spec}: KubeObject, resourceVersion: string | undefined): KubeObject {
  const {name, namespace, labels, annotations} = metadata
  return {
    ...resourceKind,
    metadata: {
      ...(name === undefined ? {} : {name}),
      ...(namespace === undefined ? {} : {namespace}),
      ...(labels === undefined ? {} : {labels}),
      ...(annotations === undefined ? {} : {annotations}),
      ...(resourceVersion === undefined ? {} : {resourceVersion}),
    },
    spec,
  }
}

/** How often the status is merged anew because somebody else was faster. */
const statusAttempts = 10

const gone = ({namespace, name}: DocumentRef): PgkError =>
  notFoundError('NOT_FOUND', `cluster ${name} is no longer there`, {object: `cluster ${namespace}/${name}`})

/** See `Store`. A document stays where it was created, also when the CRD is installed later. */
export function createStore(kube: Kube): Store {
  const inConfigMap = async (ref: DocumentRef): Promise<StoredDocument | undefined> => {
    const configMap = await kube.get(configMapRef(ref))
    return configMap && holdsDocument(configMap) ? documentIn(configMap) : undefined
  }
  const inResource = async (ref: DocumentRef): Promise<StoredDocument | undefined> => {
    const found = await whereServed(kube.get(resourceRef(ref)))
    return found && fromResource(found)
  }
  const get = async (ref: DocumentRef): Promise<StoredDocument | undefined> => {
    const [resource, configMap] = await Promise.allSettled([inResource(ref), inConfigMap(ref)])
    const found = [resource, configMap].find(one => one.status === 'fulfilled' && one.value !== undefined)
    if (found?.status === 'fulfilled') return found.value
    const failed = [resource, configMap].find(one => one.status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
    return undefined
  }

  const writeStatus = async (ref: DocumentRef, before: StoredDocument, status: object): Promise<void> => {
    const {resourceVersion} = before.document.metadata
    const condition = resourceVersion === undefined ? {} : {resourceVersion}
    if (before.home === 'ConfigMap') {
      await kube.patch(configMapRef(ref), {metadata: condition, ...statusPatch(status)})
      return
    }
    const wanted = {...resourceKind, metadata: {...ref, ...condition}, status}
    await kube.apply(wanted, {subresource: 'status', force: true})
  }

  return {
    get,
    async list(options: ListOptions = {}) {
      const {labelSelector} = options
      const selector = labelSelector ? `${documentSelector},${labelSelector}` : documentSelector
      const [resources, configMaps] = await Promise.all([
        whereServed(kube.list(resourceKind, options)),
        kube.list({apiVersion: 'v1', kind: 'ConfigMap'}, {...options, labelSelector: selector}),
      ])
      const stored = (resources ?? []).map(fromResource)
      const known = new Set(stored.map(keyOf))
      const others = configMaps.filter(holdsDocument).map(documentIn)
      return [...stored, ...others.filter(one => !known.has(keyOf(one)))].sort((a, b) =>
        keyOf(a).localeCompare(keyOf(b), 'en'),
      )
    },
    async save(document, {resourceVersion, force = false, dryRun = false} = {}) {
      const ref = {namespace: document.metadata.namespace ?? '', name: document.metadata.name ?? ''}
      const wanted = wantedOf(document, resourceVersion)
      const before = await get(ref)
      const served = before ? before.home === 'CustomResource' : await kube.serves(resourceKind)
      if (!served) {
        return documentIn(await kube.apply(configMapOf(wanted, before?.document), {dryRun, force}))
      }
      await refuseLiveOperator(kube, ref, before?.document)
      return fromResource(await kube.apply(wanted, {dryRun, force}))
    },
    async refuseOperator(ref) {
      const stored = await get(ref)
      if (stored?.home === 'CustomResource') await refuseLiveOperator(kube, ref, stored.document)
    },
    async saveStatus(ref, change) {
      for (let attempt = 1; ; attempt += 1) {
        const before = await get(ref)
        if (before === undefined) throw gone(ref)
        const present = isRecord(before.document['status']) ? before.document['status'] : {}
        const patch = typeof change === 'function' ? change(present) : change
        try {
          return await writeStatus(ref, before, mergeStatus(present, patch))
        } catch (error) {
          const faster = error instanceof PgkError && error.code === 'PGK_CONFLICT'
          if (!faster || attempt === statusAttempts) throw error
        }
      }
    },
    async remove(ref) {
      const [resource, configMap] = await Promise.all([
        whereServed(kube.delete(resourceRef(ref))),
        inConfigMap(ref).then(found => found !== undefined && kube.delete(configMapRef(ref))),
      ])
      return Boolean(resource) || configMap
    },
  }
}
