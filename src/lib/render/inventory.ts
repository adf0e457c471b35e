import type {CompleteCluster, CompleteInstanceSet} from '../model/document.ts'
import {BackupReason} from '../model/labels.ts'
import {hasRepoHost, reposOf} from '../pgbackrest/repos.ts'
import {backupSchedules} from '../pgbackrest/schedules.ts'
import {clusterView} from './cluster-view.ts'
import type {Facts, InstanceFacts} from './facts.ts'
import {instanceView, setView} from './instance-view.ts'
import {backupView, pgbackrestViews, repoView, scheduleView} from './pgbackrest-view.ts'
import {type RestoreJobRequest, restoreView} from './restore-view.ts'
import type {View} from './view.ts'

/** Labels and annotations from the document that go onto an object beside its own. */
export interface ExtraMetadata {
  labels?: Readonly<Record<string, string>>
  annotations?: Readonly<Record<string, string>>
}

/** One object to render: which template, with which view. */
export interface InventoryItem {
  path: TemplatePath
  view: View
  /** Later ones win. */
  metadata: readonly ExtraMetadata[]
  /** False for volumes: they outlive the cluster. */
  owned: boolean
}

/** Every template, in the order in which its objects are listed; the path below `templates/`. */
export const templatePaths = [
  'postgres/serviceaccount',
  'postgres/role',
  'postgres/rolebinding',
  'postgres/service-pods',
  'patroni/service-ha',
  'patroni/service-ha-config',
  'postgres/service-primary',
  'postgres/endpointslice-primary',
  'postgres/service-replicas',
  'patroni/configmap',
  'pgbackrest/configmap',
  'pgbackrest/repo-volume',
  'pgbackrest/repo-host',
  'postgres/configmap',
  'postgres/pgdata',
  'postgres/pgwal',
  'postgres/statefulset',
  'postgres/poddisruptionbudget',
  'pgbackrest/backup-job',
  'pgbackrest/backup-cronjob',
  'pgbackrest/restore-job',
] as const
export type TemplatePath = (typeof templatePaths)[number]

/** Renders the backup Job that a schedule makes; given by the renderer, which alone knows the templates. */
export type JobSpecOf = (item: InventoryItem) => unknown

export const sharedView = (document: CompleteCluster, facts: Facts): View => ({
  ...clusterView(document, facts),
  ...pgbackrestViews(document, facts),
})

function instanceItems(
  document: CompleteCluster,
  facts: Facts,
  shared: View,
  member: {set: CompleteInstanceSet; instance: InstanceFacts},
): InventoryItem[] {
  const {set, instance} = member
  const view = {...shared, instance: instanceView(document, facts, set, instance)}
  const metadata = [document.spec.metadata ?? {}, set.metadata ?? {}]
  const item = (path: TemplatePath, owned = true): InventoryItem => ({path, view, metadata, owned})
  return [
    item('postgres/configmap'),
    item('postgres/pgdata', false),
    ...(set.walVolumeClaimSpec ? [item('postgres/pgwal', false)] : []),
    item('postgres/statefulset'),
  ]
}

/** The backup Job of a request, as an item of its own. */
export const backupItem = (
  document: CompleteCluster,
  shared: View,
  request: Parameters<typeof backupView>[1],
): InventoryItem => ({
  path: 'pgbackrest/backup-job',
  view: {...shared, backup: backupView(document.metadata.name, request)},
  metadata: [document.spec.metadata ?? {}],
  owned: true,
})

/** The Job that restores an instance's volumes, as an item of its own. */
export const restoreItem = (
  document: CompleteCluster,
  shared: View,
  request: RestoreJobRequest,
): InventoryItem => ({
  path: 'pgbackrest/restore-job',
  view: {...shared, restore: restoreView(document, request)},
  metadata: [document.spec.metadata ?? {}],
  owned: true,
})

/** What a cluster consists of, Secrets apart. Whole-file conditions are here and nowhere in a template. */
export function inventory(document: CompleteCluster, facts: Facts, jobSpecOf: JobSpecOf): InventoryItem[] {
  const {spec} = document
  const cluster = document.metadata.name
  const shared = sharedView(document, facts)
  const common = spec.metadata ?? {}
  const item = (path: TemplatePath, view: View = shared, extra: ExtraMetadata = {}): InventoryItem => ({
    path,
    view,
    metadata: [common, extra],
    owned: path !== 'pgbackrest/repo-volume',
  })
  const members = facts.instances.flatMap(instance => {
    const set = spec.instances.find(candidate => candidate.name === instance.set)
    return set === undefined ? [] : [{set, instance}]
  })
  const repos = reposOf(document)
    .map(repo => repoView(cluster, repo))
    .filter(repo => repo !== undefined)
  const sets = spec.instances.map(set => setView(cluster, set)).filter(set => set !== undefined)
  const schedules = backupSchedules(document).map(schedule => {
    const {name, repo, type} = schedule
    const job = backupItem(document, shared, {name, repo, type, reason: BackupReason.scheduled})
    return scheduleView(document, facts, schedule, jobSpecOf(job))
  })
  return [
    item('postgres/serviceaccount'),
    item('postgres/role'),
    item('postgres/rolebinding'),
    item('postgres/service-pods'),
    item('patroni/service-ha', shared, spec.service?.metadata),
    item('patroni/service-ha-config'),
    item('postgres/service-primary'),
    ...(facts.haServiceIp === undefined ? [] : [item('postgres/endpointslice-primary')]),
    item('postgres/service-replicas', shared, spec.replicaService?.metadata),
    item('patroni/configmap'),
    ...(shared.cluster.backups ? [item('pgbackrest/configmap')] : []),
    ...repos.map(repo => item('pgbackrest/repo-volume', {...shared, repo})),
    ...(hasRepoHost(document) ? [item('pgbackrest/repo-host')] : []),
    ...members.flatMap(member => instanceItems(document, facts, shared, member)),
    ...sets.map(set => item('postgres/poddisruptionbudget', {...shared, set})),
    ...schedules.map(schedule => item('pgbackrest/backup-cronjob', {...shared, schedule})),
  ]
}
