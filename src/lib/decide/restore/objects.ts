import type {CompleteCluster} from '../../model/document.ts'
import {clusterLabels, Label} from '../../model/labels.ts'
import {stanza} from '../../pgbackrest/layout.ts'
import type {KubeObject, ObjectMeta} from '../../ports.ts'
import type {Facts} from '../../render/facts.ts'
import {fromBucket, type RestoreJobRequest, type RestoreSource} from '../../render/restore-view.ts'
import type {Action} from '../decision.ts'
import type {ClusterSource, RestoreOperation, RestoreRequest} from './request.ts'

/** The ConfigMap and the Secret that hold what a source's repositories are read with. */
export const sourceName = (cluster: string): string => `${cluster}-restore-source`

/** How the Job of an operation reads what it restores; undefined where that is the cluster's own. */
function sourceOf(document: CompleteCluster, from: RestoreRequest['source']): RestoreSource | undefined {
  if (from === undefined) return undefined
  if (from === 'bucket') return fromBucket(document)
  const name = sourceName(document.metadata.name)
  const configuration = document.spec.backups?.pgbackrest?.configuration ?? []
  return {configMap: name, secret: name, configuration, environment: [], stanza}
}

/** The Job of an operation, as the renderer takes it. */
export function restoreJobRequest(
  document: CompleteCluster,
  {id, request}: RestoreOperation,
  mode: RestoreJobRequest['mode'],
): RestoreJobRequest {
  const source = sourceOf(document, request.source)
  return {
    id,
    mode,
    mustKeep: request.mustKeep,
    instance: request.startup,
    set: request.set,
    options: mode === 'restore' ? request.options : request.returnOptions,
    ...(mode === 'restore' && request.promisedLsn !== undefined ? {lsn: request.promisedLsn} : {}),
    ...(source === undefined ? {} : {source}),
  }
}

/** Where the source's configuration goes. The values are filled in by who acts: no secret passes here. */
export function sourceCopy(
  document: CompleteCluster,
  {namespace, owner}: Facts,
  from: ClusterSource,
): Action {
  const cluster = document.metadata.name
  const metadata: ObjectMeta = {
    name: sourceName(cluster),
    namespace,
    labels: {...clusterLabels(cluster), [Label.pgbackrestRestore]: ''},
    ...(owner === undefined ? {} : {ownerReferences: [{...owner, controller: true}]}),
  }
  const configMap: KubeObject = {apiVersion: 'v1', kind: 'ConfigMap', metadata}
  const secret: KubeObject = {apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque'}
  return {kind: 'copy-source', from, configMap, secret}
}
