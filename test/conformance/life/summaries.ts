import {isObject, listOf, objectOf, readPath, textOf} from '../../../src/lib/sandbox/apiserver/json.ts'

type Json = Record<string, unknown>

const present = (entries: Json): Json =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined))
const unlessEmpty = (list: unknown[]): unknown[] | undefined => (list.length === 0 ? undefined : list)

const condition = (it: unknown): string => {
  const reason = textOf(readPath(it, 'reason'))
  return `${readPath(it, 'type')}=${readPath(it, 'status')}${reason === undefined ? '' : `(${reason})`}`
}

const ownerKinds = (object: unknown): unknown[] =>
  listOf(readPath(object, 'metadata.ownerReferences')).map(owner => readPath(owner, 'kind'))

/** A pod as the recording shows it. */
export function podSummary(pod: unknown): Json {
  const status = readPath(pod, 'status')
  const containers = listOf(readPath(status, 'containerStatuses')).map(it => ({
    name: readPath(it, 'name'),
    ready: readPath(it, 'ready'),
    started: readPath(it, 'started'),
    restarts: readPath(it, 'restartCount'),
    state: readPath(it, 'state'),
  }))
  const init = listOf(readPath(status, 'initContainerStatuses')).map(it => ({
    name: readPath(it, 'name'),
    state: readPath(it, 'state'),
  }))
  return present({
    labels: readPath(pod, 'metadata.labels'),
    annotations: readPath(pod, 'metadata.annotations'),
    owner: ownerKinds(pod),
    phase: readPath(status, 'phase'),
    conditions: unlessEmpty(listOf(readPath(status, 'conditions')).map(condition)),
    containers: unlessEmpty(containers),
    init: unlessEmpty(init),
    deleting: readPath(pod, 'metadata.deletionTimestamp') !== undefined,
  })
}

export const setSummary = (set: unknown): Json => ({
  generation: readPath(set, 'metadata.generation'),
  replicas: readPath(set, 'spec.replicas'),
  status: readPath(set, 'status'),
})

export const jobSummary = (job: unknown): Json => ({
  labels: readPath(job, 'metadata.labels'),
  spec: {
    parallelism: readPath(job, 'spec.parallelism'),
    backoffLimit: readPath(job, 'spec.backoffLimit'),
  },
  status: readPath(job, 'status'),
})

/** An event of a watch in the terms of a summary. */
export const eventSummary =
  (summary: (object: unknown) => Json) =>
  (event: unknown): Json => {
    const object = readPath(event, 'object')
    const {owner: _, ...rest} = summary(object)
    return {
      type: readPath(event, 'type'),
      kind: readPath(object, 'kind'),
      name: readPath(object, 'metadata.name'),
      ...rest,
    }
  }

export const claimSummary = (claim: unknown): Json => ({
  name: readPath(claim, 'metadata.name'),
  labels: readPath(claim, 'metadata.labels'),
  phase: readPath(claim, 'status.phase'),
  finalizers: readPath(claim, 'metadata.finalizers'),
})

export const revisionSummary = (revision: unknown): Json => ({
  revision: readPath(revision, 'revision'),
  labels: Object.keys(objectOf(readPath(revision, 'metadata.labels'))).sort(),
  data: Object.keys(objectOf(readPath(revision, 'data.spec'))),
})

export const cronJobSummary = (cronJob: unknown): Json => ({
  spec: readPath(cronJob, 'spec'),
  status: Object.keys(objectOf(readPath(cronJob, 'status'))).sort(),
})

export const scheduledJobSummary = (job: unknown): Json => ({
  name: readPath(job, 'metadata.name'),
  annotations: Object.keys(objectOf(readPath(job, 'metadata.annotations'))),
  owner: listOf(readPath(job, 'metadata.ownerReferences')).map(it => [
    readPath(it, 'kind'),
    readPath(it, 'controller'),
  ]),
})

export const each =
  (summary: (object: unknown) => unknown) =>
  (list: unknown): unknown[] =>
    listOf(readPath(list, 'items')).map(summary)

/** Only what the recording kept: an older step may have kept less of the same thing. */
export function asKept(recorded: unknown, actual: unknown): unknown {
  if (Array.isArray(recorded) && Array.isArray(actual)) {
    return actual.map((entry, index) => asKept(recorded[index], entry))
  }
  if (!isObject(recorded) || !isObject(actual) || !('phase' in recorded)) return actual
  return Object.fromEntries(Object.entries(actual).filter(([key]) => key in recorded))
}

const IDENTITIES: readonly (readonly [RegExp, string])[] = [
  [/containerd:\/\/[0-9a-f]{64}/g, 'containerd://<id>'],
  [/sha256:[0-9a-f]{64}/g, 'sha256:<id>'],
  [/k:\{"uid":"[0-9a-f-]{36}"\}/g, 'k:{"uid":"<uid>"}'],
  [/k:\{"ip":"[0-9.]+"\}/g, 'k:{"ip":"<ip>"}'],
  [/^(?:referee|node-1)$/g, '<node>'],
]
const anonymous = (text: string): string =>
  IDENTITIES.reduce((result, [pattern, name]) => result.replaceAll(pattern, name), text)

/** What the recorded machine's control groups say of a pod whose memory nothing limits. */
const UNLIMITED = new Set([
  '{"limits":{"memory":"9007199254740988Ki"}}',
  '{".":{},"f:limits":{".":{},"f:memory":{}}}',
])

/** Without what is another on every machine: containers, images, addresses, the node's name, "no limit". */
export function withoutIdentities(value: unknown): unknown {
  if (typeof value === 'string') return anonymous(value)
  if (Array.isArray(value)) return value.map(withoutIdentities)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => !UNLIMITED.has(JSON.stringify(entry)))
      .map(([key, entry]) => [anonymous(key), withoutIdentities(entry)]),
  )
}
