import {forbiddenError, type PgkError, refusedError} from '../errors.ts'
import type {Asked, Status} from './failure.ts'

interface Missing {
  verb: string
  resource: string
  group: string
  namespace: string | undefined
  user: string
}

/** Reads the sentence in which an API server's authorizer says no. */
function missingRight(message: string): Missing | undefined {
  const match =
    /User "([^"]*)" cannot ([\w-]+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]*)")?/.exec(
      message,
    )
  if (!match) return undefined
  const [, user = '', verb = '', resource = '', group = '', namespace] = match
  return {user, verb, resource, group, namespace}
}

/** A WebSocket begins as a GET, and newer servers ask for the right to create as well. */
const verbsOf = ({resource, verb}: Missing): string =>
  resource === 'pods/exec' ? '"get", "create"' : `"${verb}"`

/** The smallest Role that would allow it, to paste. */
function roleFor(missing: Missing): string {
  const kind = missing.namespace === undefined ? 'ClusterRole' : 'Role'
  const where = missing.namespace === undefined ? '' : `, namespace: ${missing.namespace}`
  return [
    'apiVersion: rbac.authorization.k8s.io/v1',
    `kind: ${kind}`,
    `metadata: {name: pgk${where}}`,
    'rules:',
    `- {apiGroups: ["${missing.group}"], resources: ["${missing.resource}"], verbs: [${verbsOf(missing)}]}`,
  ].join('\n')
}

/** A 403: a missing right, a quota, or a policy that said no. */
export function deniedError(asked: Asked, status: Status): PgkError {
  const missing = missingRight(status.message)
  if (missing) {
    const where =
      missing.namespace === undefined ? 'in the whole cluster' : `in namespace ${missing.namespace}`
    const group = missing.group === '' ? '' : `.${missing.group}`
    return forbiddenError('FORBIDDEN', `you may not ${missing.verb} ${missing.resource}${group} ${where}`, {
      object: asked.object,
      reason: `user "${missing.user}" lacks that right`,
      hints: ['Ask whoever administers the cluster for this right:', roleFor(missing)],
    })
  }
  if (status.message.includes('exceeded quota')) {
    return refusedError('QUOTA_EXCEEDED', `a quota of the namespace leaves no room for the ${asked.object}`, {
      object: asked.object,
      reason: status.message,
      hints: ['Ask for less, or have the quota raised: kubectl describe resourcequota'],
    })
  }
  if (status.causes.some(cause => cause.reason === 'NamespaceTerminating')) {
    return refusedError('NAMESPACE_TERMINATING', 'the namespace is being deleted', {
      object: asked.object,
      reason: status.message,
    })
  }
  if (status.message.includes('not currently held')) {
    return forbiddenError('FORBIDDEN', `you may not grant rights that you do not hold yourself`, {
      object: asked.object,
      reason: status.message,
      hints: ['Ask whoever administers the cluster for the rights that the message lists.'],
    })
  }
  return refusedError('POLICY_DENIED', `a policy of this Kubernetes does not allow the ${asked.object}`, {
    object: asked.object,
    reason: status.message,
  })
}
