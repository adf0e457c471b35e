/** What was created in the recorded scenarios; the hashes of revisions prove the templates. */
const container = (script: string, more: object = {}) => ({
  name: 'main',
  image: 'localhost/busybox:1',
  command: ['sh', '-c', script],
  ...more,
})

const template = (app: string, container: object, more: object = {}) => ({
  metadata: {labels: {app}},
  spec: {containers: [container], terminationGracePeriodSeconds: 1, ...more},
})

export const service = {
  metadata: {name: 'web'},
  spec: {clusterIP: 'None', selector: {app: 'web'}, ports: [{name: 'w', port: 80}]},
}

export const web = {
  metadata: {name: 'web'},
  spec: {
    serviceName: 'web',
    replicas: 2,
    selector: {matchLabels: {app: 'web'}},
    template: template(
      'web',
      container('touch /tmp/ok; sleep 3600', {
        volumeMounts: [{name: 'data', mountPath: '/data'}],
        readinessProbe: {exec: {command: ['cat', '/tmp/ok']}, periodSeconds: 1},
      }),
      {initContainers: [{name: 'init', image: 'localhost/busybox:1', command: ['true']}]},
    ),
    volumeClaimTemplates: [
      {
        metadata: {name: 'data'},
        spec: {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Mi'}}},
      },
    ],
  },
}

export const onDelete = {
  metadata: {name: 'od'},
  spec: {
    serviceName: 'od',
    replicas: 1,
    selector: {matchLabels: {app: 'od'}},
    updateStrategy: {type: 'OnDelete'},
    template: template('od', container('sleep 3600')),
  },
}

/** A change of the template that changes nothing in the pods but an annotation. */
export const roll = {spec: {template: {metadata: {annotations: {roll: '1'}}}}}

const pod = (script: string) => ({
  containers: [container(script)],
  restartPolicy: 'Never',
  terminationGracePeriodSeconds: 1,
})

export const job = (name: string, script: string, spec: object) => ({
  metadata: {name},
  spec: {template: {spec: pod(script)}, ...spec},
})

export const cronJob = {
  metadata: {name: 'tick'},
  spec: {
    schedule: '* * * * *',
    concurrencyPolicy: 'Forbid',
    successfulJobsHistoryLimit: 1,
    jobTemplate: {metadata: {labels: {x: 'y'}}, spec: {template: {spec: pod('true')}}},
  },
}
