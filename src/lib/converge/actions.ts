import type {Action} from '../decide/decision.ts'
import {notFoundError, refusedError} from '../errors.ts'
import {text} from '../observe/fields.ts'
import type {ActPorts} from './act.ts'
import {copySource} from './copy-source.ts'
import {execIn, lastWords, mustSucceed, podRef} from './exec-action.ts'
import {refreshPods} from './refresh-pods.ts'

type ActionOf<K extends Action['kind']> = Extract<Action, {kind: K}>
type Handlers = {[K in Action['kind']]: (action: ActionOf<K>, ports: ActPorts) => Promise<void>}

const handlers: Handlers = {
  'create-stanza': async ({pod}, ports) => {
    const result = await execIn(ports, pod, ['pgbackrest', '--stanza=db', 'stanza-create'], {
      timeoutSeconds: 120,
    })
    // 028: the repository belongs to another database. Never upgrade the stanza because of it.
    if (result.exitCode === 28 || /do not match the database/.test(result.stderr + result.stdout)) {
      throw refusedError('FOREIGN_REPOSITORY', 'the repository holds the backups of another database', {
        object: `cluster ${ports.cluster}`,
        reason: lastWords(result),
        hints: ['Give this cluster a path of its own, for example backups.pgbackrest.global.repo1-path.'],
      })
    }
    mustSucceed(result, 'pgbackrest stanza-create', pod)
  },
  'start-job': async ({job}, ports) => {
    await ports.kube.create(job)
  },
  'remove-job': async ({job, uid}, ports) => {
    const ref = {apiVersion: 'batch/v1', kind: 'Job', name: job, namespace: ports.namespace}
    await ports.kube.delete(ref, {uid, propagation: 'Background'})
  },
  'run-sql': async ({pod, what, stdin, revision}, ports) => {
    const command = ['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', '-']
    mustSucceed(await execIn(ports, pod, command, {stdin, timeoutSeconds: 60}), what, pod)
    await ports.saveStatus({[revision.key]: revision.value})
  },
  'run-init-sql': async ({pod, configMap, key}, ports) => {
    const ref = {apiVersion: 'v1', kind: 'ConfigMap', name: configMap, namespace: ports.namespace}
    const stdin = text(await ports.kube.get(ref), 'data', key)
    if (stdin === undefined) {
      throw notFoundError('INIT_SQL_MISSING', `the ConfigMap has no key ${key}`, {
        object: `ConfigMap ${configMap}`,
        hints: ['spec.databaseInitSQL names it; create it in the namespace of the cluster, then run again.'],
      })
    }
    const command = ['psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', '-']
    mustSucceed(await execIn(ports, pod, command, {stdin, timeoutSeconds: 300}), 'the init SQL', pod)
    await ports.saveStatus({databaseInitSQL: configMap})
  },
  'set-dynamic-configuration': async ({pod, configuration}, ports) => {
    const command = ['patronictl', 'edit-config', '--replace', '-', '--force', '--quiet']
    mustSucceed(
      await execIn(ports, pod, command, {stdin: JSON.stringify(configuration)}),
      'patronictl edit-config',
      pod,
    )
  },
  'refresh-pods': (action, ports) => refreshPods(ports, action),
  'restart-pending': async ({pod, role, member}, ports) => {
    const command = [
      'patronictl',
      'restart',
      `${ports.cluster}-ha`,
      member,
      '--role',
      role,
      '--pending',
      '--force',
    ]
    mustSucceed(await execIn(ports, pod, command, {timeoutSeconds: 120}), 'patronictl restart', pod)
  },
  reinitialise: async ({pod, member}, ports) => {
    // Yes, this member; no, not while something else is going on there. Its exit code says nothing either.
    const command = ['patronictl', 'reinit', `${ports.cluster}-ha`, member]
    await execIn(ports, pod, command, {stdin: 'y\nn\n', timeoutSeconds: 60})
  },
  switchover: async ({pod, leader, candidate}, ports) => {
    // Its exit code says nothing; who leads on which timeline is seen in the next snapshot.
    const names = ['--leader', leader, '--candidate', candidate]
    await execIn(ports, pod, ['patronictl', 'switchover', `${ports.cluster}-ha`, ...names, '--force'], {
      timeoutSeconds: 60,
    })
  },
  'delete-pod': async ({pod, uid, resourceVersion}, ports) => {
    await ports.kube.delete(podRef(ports, pod), {uid, resourceVersion})
  },
  'delete-endpoints': async ({names}, ports) => {
    const ref = (name: string) => ({apiVersion: 'v1', kind: 'Endpoints', name, namespace: ports.namespace})
    await Promise.all(names.map(name => ports.kube.delete(ref(name))))
  },
  'copy-source': (action, ports) => copySource(ports, action),
  'discard-aside': async ({pod, directory}, ports) => {
    const result = await execIn(ports, pod, ['rm', '-rf', directory], {timeoutSeconds: 300})
    mustSucceed(result, 'removing the old data directory', pod)
  },
  record: async ({status}, ports) => {
    await ports.saveStatus(status)
  },
}

/** Carries one action out. Throws `ACTION_FAILED` where trying again may help. */
export function runAction(action: Action, ports: ActPorts): Promise<void> {
  switch (action.kind) {
    case 'create-stanza':
      return handlers[action.kind](action, ports)
    case 'start-job':
      return handlers[action.kind](action, ports)
    case 'remove-job':
      return handlers[action.kind](action, ports)
    case 'run-sql':
      return handlers[action.kind](action, ports)
    case 'run-init-sql':
      return handlers[action.kind](action, ports)
    case 'set-dynamic-configuration':
      return handlers[action.kind](action, ports)
    case 'refresh-pods':
      return handlers[action.kind](action, ports)
    case 'restart-pending':
      return handlers[action.kind](action, ports)
    case 'reinitialise':
      return handlers[action.kind](action, ports)
    case 'switchover':
      return handlers[action.kind](action, ports)
    case 'delete-pod':
      return handlers[action.kind](action, ports)
    case 'delete-endpoints':
      return handlers[action.kind](action, ports)
    case 'copy-source':
      return handlers[action.kind](action, ports)
    case 'discard-aside':
      return handlers[action.kind](action, ports)
    case 'record':
      return handlers[action.kind](action, ports)
  }
}
