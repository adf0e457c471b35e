import {createHash} from 'node:crypto'
import {isDeepStrictEqual} from 'node:util'
import {LABEL_PREFIX} from '../model/labels.ts'
import {clusterNames, instanceNames} from '../model/names.ts'
import {at, list, text} from '../observe/fields.ts'
import type {PodSeen} from '../observe/seen.ts'
import {findObject, leaderOf, type Observed} from '../observe/snapshot.ts'
import type {KubeObject} from '../ports.ts'
import type {Action} from './decision.ts'

/** Pod annotation: the configuration that the pod's processes have read. */
export const configurationAnnotation = `${LABEL_PREFIX}pgk-configuration`

/** One file of a pod and the hash it will have once the kubelet has brought it up to date. */
export interface ExpectedFile {
  path: string
  sha256: string
}

export interface PodRefresh {
  pod: string
  container: 'database' | 'pgbackrest'
  files: readonly ExpectedFile[]
  hash: string
}

/** Which key of which object becomes which file. */
interface Source {
  kind: 'ConfigMap' | 'Secret'
  name: string
  key: string
  path: string
}

const patroniFiles = '/etc/patroni'
const tlsFiles = '/pgconf/tls'
const confFiles = '/etc/pgbackrest/conf.d'
const serverFiles = '/etc/pgbackrest/server'

function instanceSources(cluster: string, instance: string, backups: boolean): Source[] {
  const names = clusterNames(cluster)
  const own = instanceNames(instance)
  const patroni: Source[] = [
    {kind: 'ConfigMap', name: names.configMap, key: 'patroni.yaml', path: `${patroniFiles}/cluster.yaml`},
    {kind: 'ConfigMap', name: own.configMap, key: 'patroni.yaml', path: `${patroniFiles}/instance.yaml`},
    {
      kind: 'Secret',
      name: own.certsSecret,
      key: 'patroni.crt-combined',
      path: `${patroniFiles}/certs/crt-combined`,
    },
    {kind: 'Secret', name: names.clusterCertSecret, key: 'tls.crt', path: `${tlsFiles}/tls.crt`},
    {
      kind: 'Secret',
      name: names.replicationCertSecret,
      key: 'tls.crt',
      path: `${tlsFiles}/replication/tls.crt`,
    },
  ]
  if (!backups) return patroni
  const conf = ['pgbackrest_instance.conf', 'pgbackrest-server.conf']
  return [
    ...patroni,
    ...conf.map(
      (key): Source => ({
        kind: 'ConfigMap',
        name: names.pgbackrestConfigMap,
        key,
        path: `${confFiles}/${key}`,
      }),
    ),
    {
      kind: 'Secret',
      name: names.pgbackrestSecret,
      key: 'pgbackrest-client.crt',
      path: `${serverFiles}/client.crt`,
    },
    {kind: 'Secret', name: own.certsSecret, key: 'pgbackrest-server.crt', path: `${serverFiles}/server.crt`},
  ]
}

function repoHostSources(cluster: string): Source[] {
  const names = clusterNames(cluster)
  const conf = ['pgbackrest_repo.conf', 'pgbackrest-server.conf']
  return [
    ...conf.map(
      (key): Source => ({
        kind: 'ConfigMap',
        name: names.pgbackrestConfigMap,
        key,
        path: `${confFiles}/${key}`,
      }),
    ),
    {
      kind: 'Secret',
      name: names.pgbackrestSecret,
      key: 'pgbackrest-client.crt',
      path: `${serverFiles}/client.crt`,
    },
    {
      kind: 'Secret',
      name: names.pgbackrestSecret,
      key: 'pgbackrest-repo-host.crt',
      path: `${serverFiles}/server.crt`,
    },
  ]
}

/** When anyone last wrote the object, by the server's clock, whole seconds. */
export const changedAt = (object: KubeObject): number =>
  Math.max(
    0,
    ...list(object, 'metadata', 'managedFields').map(entry => Date.parse(text(entry, 'time') ?? '') || 0),
    Date.parse(object.metadata.creationTimestamp ?? '') || 0,
  )

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex')

function contentOf(object: KubeObject, {kind, key}: Source): string | Buffer | undefined {
  const value = text(at(object, 'data'), key)
  if (value === undefined) return undefined
  return kind === 'Secret' ? Buffer.from(value, 'base64') : value
}

function refreshOf(
  seen: Observed,
  pod: PodSeen,
  container: PodRefresh['container'],
  sources: Source[],
): PodRefresh[] {
  let newest = 0
  const files: ExpectedFile[] = []
  for (const source of sources) {
    const object = findObject(seen, source.kind, source.name)
    const content = object && contentOf(object, source)
    if (object === undefined || content === undefined) continue
    newest = Math.max(newest, changedAt(object))
    files.push({path: source.path, sha256: sha256(content)})
  }
  const hash = sha256(JSON.stringify(files)).slice(0, 16)
  // A pod that was made after the last change has read it at its start.
  const read = newest < Date.parse(pod.createdAt) || pod.annotations[configurationAnnotation] === hash
  return read ? [] : [{pod: pod.name, container, files, hash}]
}

const runs = (pod: PodSeen | undefined, container: string): pod is PodSeen =>
  pod !== undefined &&
  !pod.deleting &&
  pod.containers.some(({name, running}) => name === container && running)

/** True when what is about to be applied is what was seen: only then are the expected files known. */
function isWritten(seen: Observed, wanted: readonly KubeObject[]): boolean {
  const configMaps = wanted.filter(({kind}) => kind === 'ConfigMap')
  return configMaps.every(({metadata, data}) =>
    isDeepStrictEqual(findObject(seen, 'ConfigMap', metadata.name ?? '')?.['data'], data),
  )
}

/**
 * Pods whose processes started before their configuration or certificates last changed: those must read
 * them again, which Patroni and pgBackRest do only when they are told.
 */
export function planRefresh(seen: Observed, wanted: readonly KubeObject[], backups: boolean): Action[] {
  if (!isWritten(seen, wanted)) return []
  const instances = seen.instances.flatMap(({name, pod}) =>
    runs(pod, 'database')
      ? refreshOf(seen, pod, 'database', instanceSources(seen.cluster, name, backups))
      : [],
  )
  const repoHost = runs(seen.repoHost, 'pgbackrest')
    ? refreshOf(seen, seen.repoHost, 'pgbackrest', repoHostSources(seen.cluster))
    : []
  const pods = [...instances, ...repoHost]
  const leader = leaderOf(seen)?.pod?.name
  return pods.length === 0 || leader === undefined ? [] : [{kind: 'refresh-pods', leader, pods, backups}]
}
