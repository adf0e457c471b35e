import {ExitCode, PgkError} from '../errors.ts'
import {clusterNames} from '../model/names.ts'
import {clusterSelector} from '../observe/look.ts'
import {parseConfigRecord} from '../patroni/cluster-state.ts'
import type {Clock, DocumentRef, Kube, KubeObject, Store} from '../ports.ts'
import {refOf} from './act.ts'
import {removeCluster} from './remove.ts'

interface Ports {
  kube: Kube
  store: Store
  clock: Clock
}

/** What outlives a cluster: deleted only where this very create made it. */
const keptKinds = [
  {apiVersion: 'v1', kind: 'PersistentVolumeClaim'},
  {apiVersion: 'v1', kind: 'Secret'},
]

/** Failures that no waiting and no second try mends. All others may leave a cluster that gets on by itself. */
const final = (error: PgkError): boolean =>
  error.code === 'PGK_POD_CANNOT_START' ||
  [ExitCode.usage, ExitCode.forbidden, ExitCode.notFound, ExitCode.refused].some(
    code => code === error.exitCode,
  )

/** True once Patroni has begun to make a database: from then on there is something to lose. */
async function initialised(kube: Kube, {namespace, name}: DocumentRef): Promise<boolean> {
  const ref = {apiVersion: 'v1', kind: 'Endpoints', name: clusterNames(name).haConfig, namespace}
  const endpoints = await kube.get(ref)
  const annotated = endpoints?.metadata.annotations?.['initialize'] !== undefined
  return annotated || parseConfigRecord(endpoints)?.systemIdentifier !== undefined
}

/** Times of one server, in whole seconds: what came with or after the document came from this create. */
const madeSince = (object: KubeObject, since: string): boolean =>
  Date.parse(object.metadata.creationTimestamp ?? '') >= Date.parse(since)

async function remove(ports: Ports, cluster: DocumentRef, signal: AbortSignal): Promise<boolean> {
  const stored = await ports.store.get(cluster)
  const since = stored?.document.metadata.creationTimestamp
  if (since === undefined || (await initialised(ports.kube, cluster))) return false
  await removeCluster(ports, {cluster, purge: false, timeoutSeconds: 60, signal, progress: () => undefined})
  const options = {namespace: cluster.namespace, labelSelector: clusterSelector(cluster.name)}
  for (const kind of keptKinds) {
    const found = await ports.kube.list(kind, options)
    const made = found.filter(object => madeSince(object, since))
    await Promise.all(made.map(object => ports.kube.delete(refOf({...object, ...kind}))))
  }
  return true
}

const withHints = (error: PgkError, hints: readonly string[]): PgkError => {
  const {code, message, object, reason, exitCode} = error
  return new PgkError({
    code: code.replace(/^PGK_/, ''),
    message,
    ...(object === undefined ? {} : {object}),
    ...(reason === undefined ? {} : {reason}),
    hints: [...hints],
    exitCode,
    cause: error,
  })
}

/**
 * After a create that cannot succeed: removes what it made, so that no half-made cluster is left, unless a
 * database exists already. Gives the error to tell, with what became of the cluster.
 */
export async function undoCreate(
  ports: Ports,
  cluster: DocumentRef,
  failure: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  if (!(failure instanceof PgkError) || !final(failure)) return failure
  const place = `${cluster.name} -n ${cluster.namespace}`
  const stays = [...failure.hints, `What was made stays: pgk status ${place}, pgk delete cluster ${place}`]
  try {
    if (!(await remove(ports, cluster, signal))) return withHints(failure, stays)
  } catch {
    // The reader needs the first failure; the second one is named by what is left.
    return withHints(failure, stays)
  }
  const useful = failure.hints.filter(hint => !hint.includes('kubectl describe pod'))
  return withHints(failure, [...useful, 'Nothing is left of this attempt: what it made has been removed.'])
}
