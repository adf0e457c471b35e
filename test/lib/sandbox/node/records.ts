import type {Pod, PodSpec} from 'kubernetes-types/core/v1.d.ts'
import {restartCountAnnotation} from '../../../../src/lib/sandbox/node/labels.ts'
import type {ContainerRecord, SandboxRecord} from '../../../../src/lib/sandbox/node/runtime.ts'

export const podOf = (spec: Partial<PodSpec> = {}, status: Pod['status'] = {}): Pod => ({
  metadata: {name: 'web-0', namespace: 'db', uid: 'u-1', generation: 3, labels: {b: '2', a: 'one "x"'}},
  spec: {containers: [{name: 'main', image: 'i'}], nodeName: 'node-a', ...spec},
  status,
})

export const sandboxOf = (over: Partial<SandboxRecord> = {}): SandboxRecord => ({
  id: 's0',
  podUid: 'u-1',
  podName: 'web-0',
  podNamespace: 'db',
  attempt: 0,
  ready: true,
  createdAt: 1000,
  ip: '10.1.1.1',
  annotations: {},
  ...over,
})

export const recordOf = (
  name: string,
  over: Partial<ContainerRecord> & {restarts?: number} = {},
): ContainerRecord => {
  const {restarts = 0, ...rest} = over
  return {
    id: `${name}-${restarts}`,
    sandboxId: 's0',
    podUid: 'u-1',
    name,
    attempt: restarts,
    state: 'running',
    createdAt: 2000 + restarts,
    startedAt: 2000,
    finishedAt: undefined,
    exitCode: 0,
    reason: '',
    message: '',
    imageId: 'sha256:1',
    annotations: {[restartCountAnnotation]: String(restarts)},
    ...rest,
  }
}

export const exited = (
  name: string,
  exitCode: number,
  over: Partial<ContainerRecord> & {restarts?: number} = {},
) =>
  recordOf(name, {
    state: 'exited',
    exitCode,
    finishedAt: 3000,
    reason: exitCode ? 'Error' : 'Completed',
    ...over,
  })
