import {describe, expect, it} from 'vitest'
import {canonicalJson, revisionHash} from '../../../../src/lib/sandbox/controllers/revisionhash.ts'

const template = (annotations?: Record<string, string>) => ({
  $patch: 'replace',
  metadata: {labels: {app: 'web'}, ...(annotations ? {annotations} : {})},
  spec: {
    initContainers: [
      {
        name: 'init',
        image: 'localhost/busybox:1',
        command: ['true'],
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'IfNotPresent',
      },
    ],
    containers: [
      {
        name: 'main',
        image: 'localhost/busybox:1',
        command: ['sh', '-c', 'touch /tmp/ok; sleep 3600'],
        resources: {},
        volumeMounts: [{name: 'data', mountPath: '/data'}],
        readinessProbe: {
          exec: {command: ['cat', '/tmp/ok']},
          timeoutSeconds: 1,
          periodSeconds: 1,
          successThreshold: 1,
          failureThreshold: 3,
        },
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'IfNotPresent',
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 1,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  },
})

describe('the hash of a revision', () => {
  it('is the one that a real Kubernetes gave the same template', () => {
    expect(revisionHash({spec: {template: template()}}, 0)).toBe('87cc95895')
    expect(revisionHash({spec: {template: template({roll: '1'})}}, 0)).toBe('6f48745d99')
  })

  it('does not depend on the order of fields', () => {
    expect(canonicalJson({b: [{d: 1, c: '<'}], a: undefined})).toBe('{"b":[{"c":"\\u003c","d":1}]}')
  })
})
