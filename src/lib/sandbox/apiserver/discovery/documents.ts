import {createHash} from 'node:crypto'
import type {Handlers} from '../http/hooks.ts'
import type {Kind, KindTable} from '../kind.ts'
import {subresourcesOf} from './subresources.ts'

/** One line of discovery: a resource or subresource. */
export interface Listed {
  name: string
  singularName: string
  namespaced: boolean
  kind: string
  /** Where the body's kind lives in another group. */
  group?: string
  version?: string
  verbs: readonly string[]
  shortNames?: readonly string[]
  categories?: readonly string[]
  /** Changes with the version that objects are stored in. */
  storageVersionHash?: string
}

export interface GroupVersion {
  group: string
  version: string
  resources: Listed[]
}

/** The order of groups in which Kubernetes prefers them; others follow by name. */
const ORDER = [
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
]

function own(kind: Kind): Listed {
  return {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: kind.verbs,
    ...(kind.shortNames.length === 0 ? {} : {shortNames: kind.shortNames}),
    ...(kind.categories.length === 0 ? {} : {categories: kind.categories}),
    storageVersionHash: storageVersionHash(kind),
  }
}

function storageVersionHash(served: Kind): string {
  const {group, version} = served.storedAs ?? served
  const encoding = `${group}/${version}/${served.kind}`
  return createHash('sha256').update(encoding).digest().subarray(0, 8).toString('base64')
}

/** Everything served, by group and version, resources in the order of their names. */
export function groupVersions(kinds: KindTable, handlers: Handlers): GroupVersion[] {
  const found = new Map<string, GroupVersion>()
  const under = (group: string, version: string): Listed[] => {
    const key = `${group}/${version}`
    const known = found.get(key) ?? {group, version, resources: []}
    found.set(key, known)
    return known.resources
  }
  for (const kind of kinds.all()) {
    under(kind.group, kind.version).push(own(kind), ...subresourcesOf(kind, handlers))
  }
  for (const {group, version, plural, singular, namespaced, kind} of handlers.createOnly) {
    under(group, version).push({name: plural, singularName: singular, namespaced, kind, verbs: ['create']})
  }
  for (const {resources} of found.values()) resources.sort(byResource)
  return [...found.values()].sort(byPreference)
}

/** By resource; the subresources of one stay as they came. */
function byResource(left: Listed, right: Listed): number {
  const [a = '', b = ''] = [left, right].map(({name}) => name.split('/')[0])
  return a < b ? -1 : a > b ? 1 : 0
}

function byPreference(left: GroupVersion, right: GroupVersion): number {
  const place = ({group}: GroupVersion): number =>
    ORDER.includes(group) ? ORDER.indexOf(group) : ORDER.length
  return place(left) - place(right) || (left.group < right.group ? -1 : left.group > right.group ? 1 : 0)
}

export const apiVersions = (address: string): unknown => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{clientCIDR: '0.0.0.0/0', serverAddress: address}],
})

export function resourceList(kinds: KindTable, handlers: Handlers, group: string, version: string): unknown {
  const found = groupVersions(kinds, handlers).find(
    known => known.group === group && known.version === version,
  )
  if (found === undefined) return undefined
  const groupVersion = group === '' ? version : `${group}/${version}`
  const header = group === '' ? {kind: 'APIResourceList'} : {kind: 'APIResourceList', apiVersion: 'v1'}
  return {...header, groupVersion, resources: found.resources}
}

export const apiGroupList = (kinds: KindTable, handlers: Handlers): unknown => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupNames(kinds, handlers).map(name => apiGroup(kinds, handlers, name)),
})

export function groupOf(kinds: KindTable, handlers: Handlers, name: string): unknown {
  if (!groupNames(kinds, handlers).includes(name)) return undefined
  return {kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(kinds, handlers, name)}
}

const groupNames = (kinds: KindTable, handlers: Handlers): string[] => [
  ...new Set(groupVersions(kinds, handlers).flatMap(({group}) => (group === '' ? [] : [group]))),
]

function apiGroup(kinds: KindTable, handlers: Handlers, name: string): Record<string, unknown> {
  const versions = groupVersions(kinds, handlers)
    .filter(({group}) => group === name)
    .map(({version}) => ({groupVersion: `${name}/${version}`, version}))
  return {name, versions, preferredVersion: versions[0]}
}

/** `apidiscovery.k8s.io/v2`: everything in one document, for the core group or for all others. */
export function aggregated(kinds: KindTable, handlers: Handlers, core: boolean): unknown {
  const all = groupVersions(kinds, handlers).filter(({group}) => (group === '') === core)
  const names = [...new Set(all.map(({group}) => group))]
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: names.map(name => ({
      metadata: name === '' ? {creationTimestamp: null} : {name, creationTimestamp: null},
      versions: all
        .filter(({group}) => group === name)
        .map(({version, group, resources}) => ({
          version,
          resources: resources
            .filter(({name}) => !name.includes('/'))
            .map(it => discovered(it, resources, {group, version})),
          freshness: 'Current',
        })),
    })),
  }
}

function discovered(
  resource: Listed,
  all: readonly Listed[],
  own: {group: string; version: string},
): Record<string, unknown> {
  const prefix = `${resource.name}/`
  const subresources = all
    .filter(({name}) => name.startsWith(prefix))
    .map(({name, kind, group, version, verbs}) => ({
      subresource: name.slice(prefix.length),
      responseKind: {group: group ?? own.group, version: version ?? own.version, kind},
      verbs,
    }))
  return {
    resource: resource.name,
    responseKind: {...own, kind: resource.kind},
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singularName,
    verbs: resource.verbs,
    ...(resource.shortNames === undefined ? {} : {shortNames: resource.shortNames}),
    ...(resource.categories === undefined ? {} : {categories: resource.categories}),
    ...(subresources.length === 0 ? {} : {subresources}),
  }
}
