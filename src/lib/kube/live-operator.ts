import {PgkError, refusedError} from '../errors.ts'
import {LABEL_PREFIX} from '../model/labels.ts'
import type {DocumentRef, Kube, KubeObject} from '../ports.ts'
import {isRecord} from '../record.ts'

const deployments = {apiVersion: 'apps/v1', kind: 'Deployment'}
const controlPlane = `${LABEL_PREFIX}control-plane`
const operatorManager = 'postgrescluster-controller'
/** How fresh a write of the operator must be to count where its Deployment may not be read. */
const recentMilliseconds = 15 * 60_000

const records = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isRecord) : []

const path = (value: unknown, ...keys: string[]): unknown =>
  keys.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value)

/** The namespaces an operator looks after; undefined means all. */
function targets(deployment: KubeObject): string[] | undefined {
  const containers = records(path(deployment, 'spec', 'template', 'spec', 'containers'))
  const variables = containers.flatMap(container => records(container['env']))
  const named = variables
    .filter(({name}) => name === 'PGO_TARGET_NAMESPACE' || name === 'PGO_TARGET_NAMESPACES')
    .flatMap(({value, valueFrom}) => {
      const own = path(valueFrom, 'fieldRef', 'fieldPath') === 'metadata.namespace'
      if (own) return [deployment.metadata.namespace ?? '']
      return typeof value === 'string' ? value.split(',').map(part => part.trim()) : []
    })
    .filter(name => name !== '')
  return named.length > 0 ? named : undefined
}

async function operators(kube: Kube, namespace: string): Promise<KubeObject[] | undefined> {
  for (const scope of [{}, {namespace}]) {
    try {
      return await kube.list(deployments, {...scope, labelSelector: controlPlane})
    } catch (error) {
      if (!(error instanceof PgkError) || error.code !== 'PGK_FORBIDDEN') throw error
    }
  }
  return undefined
}

function runsHere(deployment: KubeObject, namespace: string): boolean {
  const ready = path(deployment, 'status', 'readyReplicas')
  const scope = targets(deployment)
  return typeof ready === 'number' && ready > 0 && (scope === undefined || scope.includes(namespace))
}

function wroteLately(document: KubeObject | undefined): boolean {
  const written = (document?.metadata.managedFields ?? [])
    .filter(({manager}) => manager === operatorManager)
    .map(({time}) => Date.parse(time ?? ''))
  return written.some(time => Date.now() - time < recentMilliseconds)
}

/** Throws where a PGO that runs would undo or double what pgk does with this PostgresCluster. */
export async function refuseLiveOperator(
  kube: Kube,
  ref: DocumentRef,
  document: KubeObject | undefined,
): Promise<void> {
  const found = await operators(kube, ref.namespace)
  const live = found?.find(deployment => runsHere(deployment, ref.namespace))
  if (live === undefined && (found !== undefined || !wroteLately(document))) return
  const where = live ? `Deployment ${live.metadata.namespace}/${live.metadata.name}` : operatorManager
  throw refusedError('OPERATOR_ACTIVE', 'a running PGO looks after PostgresClusters in this namespace', {
    object: `PostgresCluster ${ref.namespace}/${ref.name}`,
    reason: `${where} would work against pgk`,
    hints: [
      'Change the cluster through PGO, or hand it over by scaling PGO down first:',
      live
        ? `kubectl --namespace ${live.metadata.namespace} scale deployment ${live.metadata.name} --replicas=0`
        : 'kubectl get deployments --all-namespaces --selector postgres-operator.crunchydata.com/control-plane',
    ],
  })
}
