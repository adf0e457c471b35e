import {notFoundError, refusedError} from '../../src/lib/errors.ts'
import type {
  AccessQuestion,
  DeleteOptions,
  ExecOptions,
  ExecResult,
  KindRef,
  Kube,
  KubeObject,
  ListOptions,
  ObjectRef,
} from '../../src/lib/ports.ts'

export interface Written {
  verb: 'apply' | 'create' | 'patch' | 'delete'
  object: string
  body?: unknown
  options?: unknown
}

export interface FakeKube extends Kube {
  /** Every write, in order. */
  written: Written[]
  /** Every exec, in order. */
  execs: ExecOptions[]
  /** Puts an object there without a trace in `written`. */
  put(object: KubeObject): KubeObject
  all(): KubeObject[]
}

export interface FakeKubeOptions {
  objects?: KubeObject[]
  /** Kinds that this API does not serve. */
  unserved?: string[]
  exec?: (options: ExecOptions) => ExecResult | Promise<ExecResult>
  attached?: (options: Parameters<Kube['execAttached']>[0]) => number
  canI?: (question: AccessQuestion) => boolean
  /** Throws in place of the answer, for a verb on an object or kind. */
  fail?: (verb: string, subject: KindRef & {name?: string; namespace?: string}) => Error | undefined
}

const keyOf = (ref: KindRef & {name?: string; namespace?: string}): string =>
  `${ref.kind} ${ref.namespace ?? ''}/${ref.name ?? ''}`
const refOf = (object: KubeObject): KindRef & {name?: string; namespace?: string} => ({
  apiVersion: object.apiVersion,
  kind: object.kind,
  ...(object.metadata.name === undefined ? {} : {name: object.metadata.name}),
  ...(object.metadata.namespace === undefined ? {} : {namespace: object.metadata.namespace}),
})

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function merge(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  const result: Record<string, unknown> = isRecord(target) ? {...target} : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = merge(result[key], value)
  }
  return result
}

const isObject = (value: unknown): value is KubeObject =>
  isRecord(value) && typeof value['kind'] === 'string' && isRecord(value['metadata'])

/** `a=b,c` as a label selector; only equality and existence. */
function selects(selector: string | undefined, object: KubeObject): boolean {
  const labels = object.metadata.labels ?? {}
  return (selector ?? '')
    .split(',')
    .filter(part => part !== '')
    .every(part => {
      const [key = '', value] = part.split('=')
      return value === undefined ? labels[key] !== undefined : labels[key] === value
    })
}

/** An API server in memory: enough of create, apply, merge patch, delete and list for pgk's own objects. */
export function fakeKube(options: FakeKubeOptions = {}): FakeKube {
  const objects = new Map<string, KubeObject>()
  const written: Written[] = []
  const execs: ExecOptions[] = []
  const watchers = new Set<() => void>()
  let version = 0

  const check = (verb: string, subject: KindRef & {name?: string; namespace?: string}): void => {
    if (options.unserved?.includes(subject.kind)) {
      throw notFoundError('KIND_NOT_SERVED', 'this Kubernetes does not serve that kind of object')
    }
    const failure = options.fail?.(verb, subject)
    if (failure) throw failure
  }
  const put = (object: KubeObject): KubeObject => {
    const key = keyOf(refOf(object))
    version += 1
    const stored: KubeObject = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: objects.get(key)?.metadata.uid ?? object.metadata.uid ?? `uid-${version}`,
        resourceVersion: String(version),
      },
    }
    objects.set(key, stored)
    for (const tell of [...watchers]) queueMicrotask(tell)
    return stored
  }
  const expectVersion = (wanted: string | undefined, found: KubeObject | undefined): void => {
    if (wanted !== undefined && wanted !== found?.metadata.resourceVersion) {
      throw refusedError('CONFLICT', 'somebody changed it in the meantime')
    }
  }
  const list = (kind: KindRef, {namespace, labelSelector}: ListOptions = {}): KubeObject[] =>
    [...objects.values()].filter(
      object =>
        object.kind === kind.kind &&
        (namespace === undefined || object.metadata.namespace === namespace) &&
        selects(labelSelector, object),
    )
  for (const object of options.objects ?? []) put(object)

  return {
    written,
    execs,
    put,
    all: () => [...objects.values()],
    version: async () => 'v1.36.2',
    serves: async kind => !options.unserved?.includes(kind.kind),
    async get(ref) {
      check('get', ref)
      return structuredClone(objects.get(keyOf(ref)))
    },
    async list(kind, listOptions) {
      check('list', kind)
      return structuredClone(list(kind, listOptions))
    },
    watch(kind, listOptions, listener) {
      const tell = (): void => {
        if (watchers.has(tell)) listener.changed(structuredClone(list(kind, listOptions)))
      }
      watchers.add(tell)
      queueMicrotask(tell)
      return {stop: () => void watchers.delete(tell)}
    },
    async apply(object, applyOptions = {}) {
      check('apply', refOf(object))
      written.push({verb: 'apply', object: keyOf(refOf(object)), body: object, options: applyOptions})
      const before = objects.get(keyOf(refOf(object)))
      expectVersion(object.metadata.resourceVersion, before)
      const status = before?.['status'] === undefined ? {} : {status: before['status']}
      const next =
        applyOptions.subresource === 'status' && before
          ? {...before, status: object['status']}
          : isRecord(before?.['data']) && isRecord(object['data'])
            ? {...object, data: {...before['data'], ...object['data']}}
            : {...status, ...object}
      return structuredClone(applyOptions.dryRun ? next : put(next))
    },
    async create(object, createOptions = {}) {
      check('create', refOf(object))
      const named: KubeObject =
        object.metadata.name === undefined
          ? {...object, metadata: {...object.metadata, name: `${object.metadata.generateName}${version}`}}
          : object
      if (objects.has(keyOf(refOf(named)))) throw refusedError('ALREADY_EXISTS', 'it is already there')
      written.push({verb: 'create', object: keyOf(refOf(named)), body: object, options: createOptions})
      return structuredClone(createOptions.dryRun ? named : put(named))
    },
    async patch(ref: ObjectRef, patch, patchOptions) {
      check('patch', ref)
      const before = objects.get(keyOf(ref))
      if (!before) throw notFoundError('NOT_FOUND', 'there is no such object', {object: keyOf(ref)})
      const metadata = patch['metadata']
      const wanted = isRecord(metadata) ? metadata['resourceVersion'] : undefined
      expectVersion(typeof wanted === 'string' ? wanted : undefined, before)
      written.push({verb: 'patch', object: keyOf(ref), body: patch, options: patchOptions})
      const next = merge(before, patch)
      return structuredClone(put(isObject(next) ? next : before))
    },
    async delete(ref, deleteOptions: DeleteOptions = {}) {
      check('delete', ref)
      const before = objects.get(keyOf(ref))
      if (!before) return false
      expectVersion(deleteOptions.resourceVersion, before)
      written.push({verb: 'delete', object: keyOf(ref), options: deleteOptions})
      if (!deleteOptions.dryRun) objects.delete(keyOf(ref))
      for (const tell of [...watchers]) queueMicrotask(tell)
      return true
    },
    async exec(execOptions) {
      execs.push(execOptions)
      return options.exec?.(execOptions) ?? {exitCode: 0, stdout: '', stderr: ''}
    },
    execAttached: async attachedOptions => options.attached?.(attachedOptions) ?? 0,
    logs: async () => '',
    canI: async question => options.canI?.(question) ?? true,
  }
}
