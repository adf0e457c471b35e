import {failedError, notFoundError} from '../errors.ts'
import {clusterWords} from '../model/command-line.ts'
import {Label} from '../model/labels.ts'
import {clusterNames, pgUserSecretName} from '../model/names.ts'
import {nearest} from '../model/problem.ts'
import type {DocumentRef, Kube, KubeObject} from '../ports.ts'
import {connectionUri} from '../postgres/uri.ts'
import {readUserSecret} from '../postgres/user-secrets.ts'

export interface Connection {
  apiVersion: 'pgk/v1'
  kind: 'Connection'
  metadata: {name: string; namespace: string}
  user: string
  host: string
  port: number
  database: string | null
  /** Null unless it was asked for. */
  password: string | null
  uri: string
  /** Where all of it, and the CA for `sslmode=verify-full`, can be read by a workload. */
  secrets: {user: string; ca: string}
}

export interface ConnectionRequest {
  /** The first user of the cluster where none is named. */
  user: string | undefined
  replicas: boolean
  showPassword: boolean
}

const userOf = (secret: KubeObject): string => secret.metadata.labels?.[Label.pgUser] ?? ''

function choose(secrets: readonly KubeObject[], wanted: string | undefined, ref: DocumentRef): KubeObject {
  const cluster = ref.name
  const names = secrets.map(userOf)
  // The user named after the cluster is the usual one; else the first by name.
  const name = wanted ?? (names.includes(cluster) ? cluster : [...names].sort()[0])
  const found = secrets.find(secret => userOf(secret) === name)
  if (found) return found
  const meant = wanted === undefined ? undefined : nearest(wanted, names)
  throw notFoundError(
    'USER_NOT_FOUND',
    wanted === undefined
      ? `cluster ${cluster} has no users yet`
      : `cluster ${cluster} has no user "${wanted}"`,
    {
      object: `cluster ${cluster}`,
      hints: [
        ...(meant === undefined ? [] : [`Did you mean ${meant}?`]),
        names.length === 0
          ? `See how far it is: pgk status ${clusterWords(ref)}`
          : `It has: ${names.join(', ')}`,
      ],
    },
  )
}

/** How to connect as one user, from the user's Secret. */
export async function connectionOf(
  kube: Kube,
  document: KubeObject,
  {user, replicas, showPassword}: ConnectionRequest,
): Promise<Connection> {
  const {name = '', namespace = ''} = document.metadata
  const labelSelector = `${Label.cluster}=${name},${Label.pgUser}`
  const secrets = await kube.list({apiVersion: 'v1', kind: 'Secret'}, {namespace, labelSelector})
  const secret = choose(secrets, user, {name, namespace})
  const found = readUserSecret(secret)
  if (found === undefined) {
    throw failedError('USER_SECRET_INCOMPLETE', 'the user’s Secret lacks some of its keys', {
      object: `Secret ${namespace}/${secret.metadata.name}`,
      hints: [`pgk writes them again: pgk export ${name} -n ${namespace} | pgk apply -f -`],
    })
  }
  const host = replicas ? `${clusterNames(name).replicaService}.${namespace}.svc` : found.host
  const {port, dbname, password} = found
  return {
    apiVersion: 'pgk/v1',
    kind: 'Connection',
    metadata: {name, namespace},
    user: found.user,
    host,
    port,
    database: dbname ?? null,
    password: showPassword ? password : null,
    uri: connectionUri({
      host,
      port,
      user: found.user,
      ...(dbname === undefined ? {} : {dbname}),
      ...(showPassword ? {password} : {}),
    }),
    secrets: {user: pgUserSecretName(name, found.user), ca: clusterNames(name).rootCaSecret},
  }
}
