import {inject} from 'vitest'
import {at, text} from '../../../src/lib/observe/fields.ts'
import {eventually, type TestCluster} from './cluster.ts'
import {json, kubectl, type Outcome, succeed} from './commands.ts'

/** The value of a key of a Secret, decoded. */
export async function secretValue(cluster: TestCluster, name: string, key: string): Promise<string> {
  const secret = await json(kubectl(['get', 'secret', name, '-n', cluster.namespace, '-o', 'json']))
  return Buffer.from(text(secret, 'data', key) ?? '', 'base64').toString('utf8')
}

const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: {drop: ['ALL']},
}

/** A pod of an application: no rights, no certificate of its own, only the user's Secret and the CA. */
export async function startClient(cluster: TestCluster, name: string): Promise<void> {
  const {namespace} = cluster
  const image = await imageOf(cluster)
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {name, namespace},
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 26,
        fsGroup: 26,
        seccompProfile: {type: 'RuntimeDefault'},
      },
      containers: [
        {
          name: 'client',
          image,
          command: ['sleep', '3600'],
          securityContext: restricted,
          env: [
            {
              name: 'PGPASSWORD',
              valueFrom: {secretKeyRef: {name: `${cluster.name}-pguser-${cluster.name}`, key: 'password'}},
            },
          ],
          volumeMounts: [
            {name: 'ca', mountPath: '/ca'},
            {name: 'tmp', mountPath: '/tmp'},
          ],
        },
      ],
      volumes: [
        {
          name: 'ca',
          secret: {secretName: `${cluster.name}-cluster-cert`, items: [{key: 'ca.crt', path: 'ca.crt'}]},
        },
        {name: 'tmp', emptyDir: {}},
      ],
    },
  }
  await succeed(kubectl(['apply', '-f', '-'], {stdin: JSON.stringify(pod)}))
  await succeed(kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '-n', namespace, '--timeout=60s']))
}

async function imageOf(cluster: TestCluster): Promise<string> {
  const given = inject('image')
  if (given !== '') return given
  const pod = await json(kubectl(['get', 'pod', 'hippo-pg-1-0', '-n', cluster.namespace, '-o', 'json']))
  return text(at(pod, 'spec', 'containers', 0), 'image') ?? ''
}

/** Runs a command in the client pod. */
export const inClient = (
  cluster: TestCluster,
  name: string,
  command: readonly string[],
  stdin?: string,
): Promise<Outcome> =>
  kubectl(
    ['exec', ...(stdin === undefined ? [] : ['-i']), name, '-n', cluster.namespace, '--', ...command],
    stdin === undefined ? {} : {stdin},
  )

/** A connection string to the primary Service as the application's user. */
export const primary = (cluster: TestCluster, extra: string): string =>
  `host=${cluster.name}-primary user=${cluster.name} dbname=${cluster.name} connect_timeout=5 ${extra}`

/** Waits until another instance than `before` leads. */
export const newLeader = (read: () => Promise<unknown>, before: string): Promise<string> =>
  eventually(
    async () => {
      const leader = text(await read(), 'leader')
      return leader !== undefined && leader !== before ? leader : undefined
    },
    60,
    () => `${before} still leads`,
  )
