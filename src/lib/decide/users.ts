import {createHash} from 'node:crypto'
import type {CompleteCluster, DocumentStatus} from '../model/document.ts'
import {pgUserSecretName} from '../model/names.ts'
import {text} from '../observe/fields.ts'
import {findObject, leaderOf, type Observed} from '../observe/snapshot.ts'
import {databasesScript, type Login, usersScript} from '../postgres/access-sql.ts'
import type {Action, Milestone} from './decision.ts'

export interface UserPlan {
  actions: readonly Action[]
  milestone: Milestone
  waiting: string | undefined
}

const decoded = (encoded: string | undefined): string | undefined =>
  encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8')

/** The roles of the document with the verifiers from their Secrets; undefined while a Secret is missing. */
function logins(document: CompleteCluster, seen: Observed): Login[] | undefined {
  const found: Login[] = []
  for (const user of document.spec.users) {
    const secret = findObject(seen, 'Secret', pgUserSecretName(seen.cluster, user.name))
    const verifier = decoded(text(secret, 'data', 'verifier'))
    if (verifier === undefined || verifier === '') return undefined
    found.push({name: user.name, verifier, databases: user.databases ?? [], options: user.options ?? ''})
  }
  return found
}

function milestone(done: boolean, active: boolean, document: CompleteCluster): Milestone {
  const names = document.spec.users.map(user => user.name).join(', ')
  return {
    id: 'users',
    title: 'Users and databases',
    state: done ? 'done' : active ? 'active' : 'pending',
    ...(names === '' ? {} : {detail: names}),
  }
}

function initSql(document: CompleteCluster, status: DocumentStatus, pod: string): Action[] {
  const source = document.spec.databaseInitSQL
  if (source === undefined || status.databaseInitSQL === source.name) return []
  return [{kind: 'run-init-sql', pod, configMap: source.name, key: source.key}]
}

/** Creates databases and roles, and sets passwords again whenever the document or a Secret changed. */
export function planUsers(document: CompleteCluster, status: DocumentStatus, seen: Observed): UserPlan {
  const pod = leaderOf(seen)?.pod?.name
  const wanted = logins(document, seen)
  const revision = createHash('sha256')
    .update(JSON.stringify([wanted, seen.config?.systemIdentifier]))
    .digest('hex')
    .slice(0, 16)
  const done = wanted !== undefined && status.usersRevision === revision
  const init = done && pod !== undefined ? initSql(document, status, pod) : []
  const shown = milestone(done && init.length === 0, pod !== undefined, document)
  if (done)
    return {actions: init, milestone: shown, waiting: init.length === 0 ? undefined : 'the init SQL runs'}
  if (pod === undefined || wanted === undefined) return {actions: [], milestone: shown, waiting: undefined}
  const databases = wanted.flatMap(login => login.databases)
  const stdin = `${databasesScript(databases)}\n${usersScript(wanted)}`
  const action: Action = {
    kind: 'run-sql',
    pod,
    what: 'creating users and databases',
    stdin,
    revision: {key: 'usersRevision', value: revision},
  }
  return {actions: [action], milestone: shown, waiting: 'users and databases are created'}
}
