import type {CompleteCluster} from '../model/document.ts'
import {issuePki, type PkiWorld} from '../pki/issue.ts'
import type {PkiPlan} from '../pki/plan.ts'
import type {KubeObject, Randomness} from '../ports.ts'
import {outdatedUserSecrets} from '../postgres/user-secrets.ts'
import type {Owner} from '../render/facts.ts'
import type {ActPorts} from './act.ts'

export interface SecretPorts extends Pick<ActPorts, 'kube' | 'namespace' | 'log'> {
  crypto: PkiWorld['crypto']
  random: Randomness
}

export interface SecretRequest {
  document: CompleteCluster
  plan: PkiPlan | undefined
  /** All Secrets of the cluster, read just now. */
  existing: readonly KubeObject[]
  owner: Owner | undefined
  now: Date
}

/**
 * What cannot be made again without someone noticing has no owner, and outlives the cluster's objects like
 * the volumes do: the root that clients trust, and the passwords they use.
 */
const outlives = (name: string): boolean => name.endsWith('-root-cacert') || name.includes('-pguser-')

function owned(secret: KubeObject, owner: Owner | undefined): KubeObject {
  if (owner === undefined || outlives(secret.metadata.name ?? '')) return secret
  const reference = {...owner, controller: true, blockOwnerDeletion: true}
  return {...secret, metadata: {...secret.metadata, ownerReferences: [reference]}}
}

/** Writes a Secret; one that was absent is created, so that another's cannot be overwritten. */
async function write(ports: SecretPorts, secret: KubeObject, existing: readonly KubeObject[]): Promise<void> {
  const {name} = secret.metadata
  if (existing.some(found => found.metadata.name === name)) await ports.kube.apply(secret, {force: true})
  else await ports.kube.create(secret)
  ports.log(`wrote Secret/${name}`)
}

/** Makes the Secrets that are missing or old. True when anything was written: read them again then. */
export async function writeSecrets(ports: SecretPorts, request: SecretRequest): Promise<boolean> {
  const {document, plan, existing, owner} = request
  const world: PkiWorld = {crypto: ports.crypto, now: request.now}
  const certificates = plan === undefined ? [] : await issuePki(plan, existing, world)
  const users = outdatedUserSecrets(document, ports.namespace, existing, ports.random)
  const [first, ...rest] = [...certificates, ...users].map(secret => owned(secret, owner))
  if (first === undefined) return false
  // The root comes first in a plan: certificates must not exist without it.
  await write(ports, first, existing)
  await Promise.all(rest.map(secret => write(ports, secret, existing)))
  return true
}
