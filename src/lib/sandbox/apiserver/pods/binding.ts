import {pods} from '../../resources.ts'
import type {RequestHandler} from '../http/hooks.ts'
import {cloneJson, listOf, objectOf, readPath, textOf} from '../json.ts'
import type {Backend} from '../registry/backend.ts'
import {read, systemUser, timestamp} from '../registry/backend.ts'
import {updateObject} from '../registry/update.ts'
import {badRequest, conflict, notFound} from '../status.ts'

/** The answer to an action that has no object to show. */
export const done = {kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201}

/** `pods/binding`: puts a pod on the node that a scheduler chose. */
export function bindingHandler(backend: Backend): RequestHandler {
  return async request => {
    const {namespace, name = ''} = request.attributes.resource ?? {}
    const node = textOf(readPath(await request.body(), 'target.name'))
    if (!node)
      throw badRequest('Binding in version "v1" cannot be handled as a Binding: target.name is empty')
    const pod = read(backend, pods, namespace, name)
    if (pod === undefined) throw notFound(pods, name)
    const assigned = textOf(readPath(pod, 'spec.nodeName'))
    if (assigned) {
      const why = `pod ${name} is already assigned to node ${JSON.stringify(assigned)}`
      throw conflict({group: '', plural: 'pods/binding'}, name, why)
    }
    const condition = {type: 'PodScheduled', status: 'True', lastTransitionTime: timestamp(backend.now())}
    const {nominatedNodeName: _, ...status} = objectOf(readPath(pod, 'status'))
    const others = listOf(status['conditions']).filter(it => readPath(it, 'type') !== 'PodScheduled')
    const draft = {
      ...cloneJson(pod),
      spec: {...objectOf(readPath(pod, 'spec')), nodeName: node},
      status: cloneJson({...status, conditions: [...others, condition]}),
    }
    updateObject(backend, pods, draft, {user: systemUser, manager: 'kube-scheduler', subresource: 'binding'})
    return {status: 201, object: done}
  }
}
