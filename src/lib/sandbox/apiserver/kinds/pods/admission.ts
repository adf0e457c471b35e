import {priorityClasses, serviceAccounts} from '../../../resources.ts'
import type {JsonObject} from '../../json.ts'
import type {StrategyContext} from '../../kind.ts'
import {forbidden} from '../../status.ts'
import {at, ensureObject, fill, listAt, numberAt, objectAt, textAt} from '../fields.ts'

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const pods = {group: '', plural: 'pods'}

/** The projected volume with a token, the cluster's CA and the namespace. */
const tokenVolume = (name: string): JsonObject => ({
  name,
  projected: {
    sources: [
      {serviceAccountToken: {expirationSeconds: 3607, path: 'token'}},
      {configMap: {name: 'kube-root-ca.crt', items: [{key: 'ca.crt', path: 'ca.crt'}]}},
      {
        downwardAPI: {
          items: [{path: 'namespace', fieldRef: {apiVersion: 'v1', fieldPath: 'metadata.namespace'}}],
        },
      },
    ],
    defaultMode: 0o644,
  },
})

function mountToken(spec: JsonObject, suffix: () => string): void {
  const volumes = listAt(spec, 'volumes')
  const containers = [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')]
  const lacking = containers.filter(
    container => !listAt(container, 'volumeMounts').some(mount => mount['mountPath'] === tokenPath),
  )
  if (lacking.length === 0) return
  const known = volumes.find(volume => textAt(volume, 'name').startsWith('kube-api-access-'))
  const name = known ? textAt(known, 'name') : `kube-api-access-${suffix()}`
  for (const container of lacking) {
    container['volumeMounts'] = [
      ...listAt(container, 'volumeMounts'),
      {name, readOnly: true, mountPath: tokenPath},
    ]
  }
  if (!known) spec['volumes'] = [...volumes, tokenVolume(name)]
}

/** Gives the pod its service account, the account's pull secrets and its token. */
export function admitServiceAccount(pod: JsonObject, context: StrategyContext, suffix: () => string): void {
  const spec = objectAt(pod, 'spec')
  const namespace = textAt(pod, 'metadata', 'namespace')
  const name = textAt(spec, 'serviceAccountName') || 'default'
  Object.assign(spec, {serviceAccountName: name, serviceAccount: name})
  const account = context.get(serviceAccounts, namespace, name)
  if (!account) {
    throw forbidden(
      pods,
      textAt(pod, 'metadata', 'name'),
      `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
    )
  }
  const pullSecrets = listAt(account, 'imagePullSecrets')
  if (pullSecrets.length > 0) fill(spec, {imagePullSecrets: structuredClone(pullSecrets)})
  const automount =
    spec['automountServiceAccountToken'] ?? at(account, 'automountServiceAccountToken') ?? true
  if (automount === true) mountToken(spec, suffix)
}

/** A pod stays on a node that is lost for five minutes, unless it says otherwise. */
export function admitTolerations(spec: JsonObject): void {
  const tolerations = listAt(spec, 'tolerations')
  const added = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
    .filter(key => !tolerations.some(toleration => tolerates(toleration, key)))
    .map(key => ({key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300}))
  if (added.length > 0) spec['tolerations'] = [...tolerations, ...added]
}

function tolerates(toleration: JsonObject, key: string): boolean {
  const effect = textAt(toleration, 'effect')
  const wanted = textAt(toleration, 'key')
  return (wanted === key || wanted === '') && (effect === 'NoExecute' || effect === '')
}

const systemPriorities: Record<string, number> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
}

/** Resolves the priority class into a number. */
export function admitPriority(pod: JsonObject, context: StrategyContext): void {
  const spec = objectAt(pod, 'spec')
  const name = textAt(spec, 'priorityClassName')
  const found =
    name === ''
      ? context.list(priorityClasses).find(each => at(each, 'globalDefault') === true)
      : context.get(priorityClasses, undefined, name)
  const builtin = systemPriorities[name]
  if (name !== '' && !found && builtin === undefined) {
    throw forbidden(pods, textAt(pod, 'metadata', 'name'), `no PriorityClass with name ${name} was found`)
  }
  if (name === '' && found) spec['priorityClassName'] = textAt(found, 'metadata', 'name')
  spec['priority'] = numberAt(found, 'value') ?? builtin ?? 0
  fill(spec, {preemptionPolicy: textAt(found, 'preemptionPolicy') || 'PreemptLowerPriority'})
}

/** All that admission adds to a new pod. */
export function admitPod(pod: JsonObject, context: StrategyContext, suffix: () => string): void {
  const spec = ensureObject(pod, 'spec')
  admitPriority(pod, context)
  admitServiceAccount(pod, context, suffix)
  admitTolerations(spec)
}
