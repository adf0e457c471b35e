import {at, text} from '../../../src/lib/observe/fields.ts'
import type {TestCluster} from './cluster.ts'
import {json, kubectl, succeed} from './commands.ts'

/** Runs a shell script on an instance's data volume, at `/pgdata`, while the instance does not run. */
export async function onVolume(cluster: TestCluster, instance: string, script: string): Promise<void> {
  const {namespace} = cluster
  const set = await json(kubectl(['get', 'statefulset', instance, '-n', namespace, '-o', 'json']))
  const name = `on-${instance}`
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {name, namespace},
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 26,
        runAsGroup: 26,
        fsGroup: 26,
        seccompProfile: {type: 'RuntimeDefault'},
      },
      containers: [
        {
          name: 'script',
          image: text(at(set, 'spec', 'template', 'spec', 'containers', 0), 'image'),
          command: ['sh', '-ceu', script],
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: ['ALL']}},
          volumeMounts: [{name: 'data', mountPath: '/pgdata'}],
        },
      ],
      volumes: [{name: 'data', persistentVolumeClaim: {claimName: `${instance}-pgdata`}}],
    },
  }
  await succeed(kubectl(['apply', '-f', '-'], {stdin: JSON.stringify(pod)}))
  const done = ['wait', '--for=jsonpath={.status.phase}=Succeeded', `pod/${name}`, '-n', namespace]
  await succeed(kubectl([...done, '--timeout=60s']))
  await succeed(kubectl(['delete', 'pod', name, '-n', namespace, '--wait=true', '--timeout=60s']))
}
