import type {Action} from '../decide/decision.ts'
import {configurationAnnotation, type PodRefresh} from '../decide/refresh.ts'
import {LABEL_PREFIX} from '../model/labels.ts'
import type {ActPorts} from './act.ts'
import {execIn, mustSucceed, podRef} from './exec-action.ts'

/** A change of any pod annotation makes the kubelet refresh the pod's files within a second or so. */
const syncAnnotation = `${LABEL_PREFIX}pgk-sync`

/** Waits until the files are the expected ones: `sha256sum` lines on stdin, 15 s at most. */
const awaitFiles = [
  'cat > "/tmp/pgk-files.$$"; tries=0',
  'until sha256sum --check --status "/tmp/pgk-files.$$"; do',
  '  tries=$((tries + 1)); [ "$tries" -lt 75 ] || { rm -f "/tmp/pgk-files.$$"; exit 3; }',
  '  sleep 0.2',
  'done',
  'rm -f "/tmp/pgk-files.$$"',
].join('\n')

const annotate = (ports: ActPorts, pod: string, annotations: Record<string, string>): Promise<unknown> =>
  ports.kube.patch(podRef(ports, pod), {metadata: {annotations}})

async function bringFiles(ports: ActPorts, {pod, container, files, hash}: PodRefresh): Promise<void> {
  await annotate(ports, pod, {[syncAnnotation]: hash})
  const stdin = files.map(({path, sha256}) => `${sha256}  ${path}\n`).join('')
  const result = await execIn(ports, pod, ['sh', '-c', awaitFiles], {stdin, container, timeoutSeconds: 30})
  mustSucceed(result, 'waiting for changed configuration', pod)
}

async function hangUp(ports: ActPorts, pod: string): Promise<void> {
  const result = await execIn(ports, pod, ['sh', '-c', 'kill -HUP 1'], {container: 'pgbackrest'})
  mustSucceed(result, 'reloading pgBackRest', pod)
}

/** Lets running pods read what changed: files first, then a reload, then a note that it was done. */
export async function refreshPods(
  ports: ActPorts,
  {leader, pods, backups}: Extract<Action, {kind: 'refresh-pods'}>,
): Promise<void> {
  await Promise.all(pods.map(refresh => bringFiles(ports, refresh)))
  const reload = ['patronictl', 'reload', `${ports.cluster}-ha`, '--force']
  await Promise.all([
    execIn(ports, leader, reload).then(result => mustSucceed(result, 'patronictl reload', leader)),
    ...(backups ? pods.map(({pod}) => hangUp(ports, pod)) : []),
  ])
  await Promise.all(pods.map(({pod, hash}) => annotate(ports, pod, {[configurationAnnotation]: hash})))
}
