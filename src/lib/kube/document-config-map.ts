import {isDeepStrictEqual} from 'node:util'
import {failedError} from '../errors.ts'
import {API_VERSION, KIND} from '../model/document.ts'
import {LABEL_PREFIX} from '../model/labels.ts'
import {clusterNames} from '../model/names.ts'
import type {DocumentRef, KubeObject, ObjectRef, StoredDocument} from '../ports.ts'
import {isRecord} from '../record.ts'

const documentKey = 'postgrescluster.json'
const statusKey = 'status.json'

/**
 * Marks a ConfigMap that holds a document. Not the `cluster` label: that one selects what a document
 * makes, and the document must not be among it.
 */
const documentLabel = `${LABEL_PREFIX}document`
export const documentSelector = documentLabel

export const configMapRef = ({namespace, name}: DocumentRef): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace,
  name: clusterNames(name).documentConfigMap,
})

export const holdsDocument = (object: KubeObject): boolean =>
  object.metadata.labels?.[documentLabel] !== undefined

function contentOf(configMap: KubeObject, key: string): unknown {
  const data = configMap['data']
  const text = isRecord(data) ? data[key] : undefined
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw failedError('DOCUMENT_DAMAGED', 'the stored document is no valid JSON', {
      object: `ConfigMap ${configMap.metadata.namespace}/${configMap.metadata.name}, key ${key}`,
      hints: ['Restore the key by hand, or save the cluster anew with pgk apply -f.'],
      cause,
    })
  }
}

const strings = (value: unknown): Record<string, string> | undefined =>
  isRecord(value) && Object.keys(value).length > 0
    ? Object.fromEntries(
        Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      )
    : undefined

/** The document as if it were a resource of its own: its metadata is that of the ConfigMap that holds it. */
export function documentIn(configMap: KubeObject): StoredDocument {
  const {namespace, uid, resourceVersion, creationTimestamp} = configMap.metadata
  const content = contentOf(configMap, documentKey)
  const written = isRecord(content) ? content : {}
  const metadata = isRecord(written['metadata']) ? written['metadata'] : {}
  const status = contentOf(configMap, statusKey)
  const labels = strings(metadata['labels'])
  const annotations = strings(metadata['annotations'])
  const generation = metadata['generation']
  return {
    document: {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: {
        name: configMap.metadata.labels?.[documentLabel] ?? '',
        ...(namespace === undefined ? {} : {namespace}),
        ...(uid === undefined ? {} : {uid}),
        ...(resourceVersion === undefined ? {} : {resourceVersion}),
        ...(creationTimestamp === undefined ? {} : {creationTimestamp}),
        ...(labels === undefined ? {} : {labels}),
        ...(annotations === undefined ? {} : {annotations}),
        generation: typeof generation === 'number' ? generation : 1,
      },
      spec: written['spec'],
      ...(isRecord(status) ? {status} : {}),
    },
    home: 'ConfigMap',
    owner: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: configMap.metadata.name ?? '',
      uid: uid ?? '',
      controller: true,
    },
  }
}

/** The ConfigMap to apply. A changed spec is a new generation, as the API server counts it for resources. */
export function configMapOf(wanted: KubeObject, before: KubeObject | undefined): KubeObject {
  const {name = '', namespace = '', labels, annotations, resourceVersion} = wanted.metadata
  const earlier = before?.metadata.generation ?? 0
  const same = before !== undefined && isDeepStrictEqual(before['spec'], wanted['spec'])
  const content = {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: {
      name,
      ...(labels === undefined ? {} : {labels}),
      ...(annotations === undefined ? {} : {annotations}),
      generation: same ? earlier : earlier + 1,
    },
    spec: wanted['spec'],
  }
  const {apiVersion, kind, name: configMapName} = configMapRef({namespace, name})
  return {
    apiVersion,
    kind,
    metadata: {
      name: configMapName,
      namespace,
      labels: {...labels, [documentLabel]: name},
      ...(resourceVersion === undefined ? {} : {resourceVersion}),
    },
    data: {[documentKey]: `${JSON.stringify(content, undefined, 2)}\n`},
  }
}

export const statusPatch = (status: object): Record<string, unknown> => ({
  data: {[statusKey]: `${JSON.stringify(status, undefined, 2)}\n`},
})
