import type {CompleteCluster, User} from '../model/document.ts'
import {pgUserLabels} from '../model/labels.ts'
import {clusterNames, pgUserSecretName} from '../model/names.ts'
import type {KubeObject, Randomness} from '../ports.ts'
import {isRecord} from '../record.ts'
import {generatePassword} from './password.ts'
import {SALT_BYTES, scramMatches, scramVerifier} from './scram.ts'
import {connectionUri, jdbcUri} from './uri.ts'

/** What a user's Secret tells: everything needed to connect. Values are plain text. */
export interface UserCredentials {
  user: string
  password: string
  verifier: string
  host: string
  port: number
  dbname?: string
}

/** A value of a Secret as text; empty counts as absent. */
function secretText(secret: KubeObject | undefined, key: string): string | undefined {
  const data = secret?.['data']
  const value = isRecord(data) ? data[key] : undefined
  return typeof value === 'string' && value !== '' ? Buffer.from(value, 'base64').toString('utf8') : undefined
}

/**
 * The credentials of one user. A password that is there stays; the verifier stays as long as it belongs to
 * it. Random bytes are drawn only for what is missing.
 */
function credentials(
  document: CompleteCluster,
  namespace: string,
  user: User,
  {existing, random}: {existing: KubeObject | undefined; random: Randomness},
): UserCredentials {
  const password = secretText(existing, 'password') ?? generatePassword(random, user.password?.type)
  const verifier = secretText(existing, 'verifier')
  const [dbname] = user.databases ?? []
  return {
    user: user.name,
    password,
    verifier:
      verifier !== undefined && scramMatches(password, verifier)
        ? verifier
        : scramVerifier(password, random.bytes(SALT_BYTES)),
    host: `${clusterNames(document.metadata.name).primaryService}.${namespace}.svc`,
    port: document.spec.port,
    ...(dbname === undefined ? {} : {dbname}),
  }
}

function secretData(found: UserCredentials): Record<string, string> {
  const text: Record<string, string> = {
    host: found.host,
    port: String(found.port),
    user: found.user,
    password: found.password,
    verifier: found.verifier,
    uri: connectionUri(found),
    ...(found.dbname === undefined ? {} : {dbname: found.dbname, 'jdbc-uri': jdbcUri(found)}),
  }
  return Object.fromEntries(
    Object.entries(text).map(([key, value]) => [key, Buffer.from(value, 'utf8').toString('base64')]),
  )
}

const holds = (object: unknown, wanted: Record<string, string>): boolean =>
  isRecord(object) && Object.entries(wanted).every(([key, value]) => object[key] === value)

/**
 * The Secrets `{cluster}-pguser-{user}` that are missing or out of date; applying them and asking again
 * gives none. Emptying `password` asks for a new one, writing one sets it.
 */
export function outdatedUserSecrets(
  document: CompleteCluster,
  namespace: string,
  existing: readonly KubeObject[],
  random: Randomness,
): KubeObject[] {
  const cluster = document.metadata.name
  return document.spec.users.flatMap(user => {
    const name = pgUserSecretName(cluster, user.name)
    const found = existing.find(secret => secret.metadata.name === name)
    const data = secretData(credentials(document, namespace, user, {existing: found, random}))
    const labels = pgUserLabels(cluster, user.name)
    if (holds(found?.['data'], data) && holds(found?.metadata.labels, labels)) return []
    return [{apiVersion: 'v1', kind: 'Secret', metadata: {name, namespace, labels}, type: 'Opaque', data}]
  })
}

/** What a user's Secret holds, or undefined while it is incomplete. */
export function readUserSecret(secret: KubeObject): UserCredentials | undefined {
  const [user, password, verifier, host, port] = ['user', 'password', 'verifier', 'host', 'port'].map(key =>
    secretText(secret, key),
  )
  const dbname = secretText(secret, 'dbname')
  if (user === undefined || password === undefined || verifier === undefined || host === undefined)
    return undefined
  const number = Number(port)
  if (!Number.isInteger(number)) return undefined
  return {user, password, verifier, host, port: number, ...(dbname === undefined ? {} : {dbname})}
}
