import type {Kube} from '../ports.ts'
import {isRecord} from '../record.ts'
import {type ApiOptions, createApi} from './api.ts'
import type {Connection} from './connect.ts'
import {exec, execAttached} from './exec.ts'
import {getObject, listObjects} from './read.ts'
import {watchObjects} from './watch.ts'
import {applyObject, createObject, deleteObject, patchObject} from './write.ts'

/** The `Kube` port over one connection. Every body is plain JSON from end to end: nothing can get lost. */
export function createKube(connection: Connection, options: ApiOptions): Kube {
  const api = createApi(connection, options)
  return {
    async version() {
      const asked = {verb: 'ask', object: 'version of the API'}
      const answer = await api.json({method: 'GET', path: '/version', asked, repeatable: true})
      const version = isRecord(answer) ? answer['gitVersion'] : undefined
      return typeof version === 'string' ? version : 'unknown'
    },
    serves: kind => api.kinds.serves(kind),
    get: ref => getObject(api, ref),
    list: async (kind, listOptions = {}) => (await listObjects(api, kind, listOptions)).objects,
    watch: (kind, listOptions, listener) => watchObjects(api, {kind, options: listOptions}, listener),
    apply: (object, applyOptions) => applyObject(api, object, applyOptions),
    create: (object, createOptions) => createObject(api, object, createOptions),
    patch: (ref, patch, patchOptions) => patchObject(api, ref, patch, patchOptions),
    delete: (ref, deleteOptions) => deleteObject(api, ref, deleteOptions),
    exec: execOptions => exec(api, execOptions),
    execAttached: execOptions => execAttached(api, execOptions),
    async logs({namespace, pod, container, tailLines, previous}) {
      const response = await api.text({
        method: 'GET',
        path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`,
        query: {
          container,
          tailLines: tailLines === undefined ? undefined : String(tailLines),
          previous: previous ? 'true' : undefined,
        },
        accept: '*/*',
        asked: {verb: 'read', object: `logs of ${namespace}/${pod}/${container}`},
        repeatable: true,
      })
      return response
    },
    async canI({verb, group, resource, namespace, name}) {
      const answer = await api.json({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: {
            resourceAttributes: {
              verb,
              group,
              resource,
              ...(namespace === undefined ? {} : {namespace}),
              ...(name === undefined ? {} : {name}),
            },
          },
        },
        asked: {verb: 'ask', object: 'own rights'},
        repeatable: true,
      })
      const status = isRecord(answer) && isRecord(answer['status']) ? answer['status'] : {}
      return status['allowed'] === true
    },
  }
}
