import {readPath} from '../../src/lib/sandbox/apiserver/json.ts'
import type {Answer, Call} from './client.ts'

/** What was done between recorded steps, without being recorded itself. */
export type Preparation = (ask: Administrator, namespace: string) => Promise<void>

/** Sends a request as an administrator. */
export type Administrator = (method: string, path: string, how?: Call) => Promise<Answer>

const post = async (ask: Administrator, namespace: string, object: object): Promise<unknown> => {
  const answer = await ask('POST', `/api/v1/namespaces/${namespace}/configmaps`, {body: object})
  if (answer.status !== 201) throw new Error(`preparing: ${JSON.stringify(answer.body)}`)
  return answer.body
}
const configMap = (name: string, labels?: Record<string, string>, more: object = {}) => ({
  metadata: {name, ...(labels === undefined ? {} : {labels}), ...more},
  data: {a: '1'},
})
const merge: Call = {type: 'application/merge-patch+json'}

/** A ConfigMap that belongs to another. */
async function child(ask: Administrator, namespace: string, owner: string, name: string): Promise<void> {
  const {body} = await ask('GET', `/api/v1/namespaces/${namespace}/configmaps/${owner}`)
  const reference = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: owner,
    uid: readPath(body, 'metadata.uid'),
    blockOwnerDeletion: true,
  }
  await post(ask, namespace, configMap(name, undefined, {ownerReferences: [reference]}))
}

async function family(ask: Administrator, namespace: string, suffix: string): Promise<void> {
  await post(ask, namespace, configMap(`owner${suffix}`))
  await child(ask, namespace, `owner${suffix}`, `child${suffix}`)
}

/** By scenario and the step that comes after. */
export const PREPARATIONS: Record<string, Preparation> = {
  'lists#0': async (ask, namespace) => {
    const labels = {a: {app: 'x', tier: 'db'}, b: {app: 'x'}, c: {app: 'y'}, d: undefined}
    for (const [name, these] of Object.entries(labels)) await post(ask, namespace, configMap(name, these))
  },
  'deletion#1': (ask, namespace) => child(ask, namespace, 'owner', 'child'),
  'deletion#4': (ask, namespace) => family(ask, namespace, '2'),
  'deletion#6': (ask, namespace) => family(ask, namespace, '3'),
  'watches#0': async (ask, namespace) => {
    await post(ask, namespace, configMap('w0', {app: 'x'}))
  },
}

/** The changes that were made while a watch was open. */
export const MEANWHILE: Record<string, Preparation> = {
  'watches#0': async (ask, namespace) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`
    const patch = (name: string, metadata: object) =>
      ask('PATCH', `${path}/${name}`, {...merge, body: {metadata}})
    await post(ask, namespace, configMap('w1', {app: 'x'}))
    await post(ask, namespace, configMap('w2', {app: 'y'}))
    await patch('w2', {labels: {app: 'x'}})
    await patch('w1', {labels: {app: 'z'}})
    await patch('w0', {annotations: {k: 'v'}})
    await ask('DELETE', `${path}/w0`)
  },
  'watches#3': async (ask, namespace) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps/w2`
    await ask('PATCH', path, {...merge, body: {data: {a: '5'}}})
  },
}

/** The version from which a watch was opened: the scenario's beginning, now, or 0 for what is there. */
export const WATCH_FROM: Record<string, 'beginning' | 'now' | 'present'> = {
  'watches#0': 'now',
  'watches#3': 'present',
  'watches#4': 'beginning',
}
