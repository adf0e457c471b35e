import {isObject, listOf, objectOf, readPath} from '../../src/lib/sandbox/apiserver/json.ts'

type Pick = (body: unknown) => unknown

/** Names in a list, without the ConfigMap that every namespace has. */
const names: Pick = body =>
  listOf(readPath(body, 'items'))
    .map(item => readPath(item, 'metadata.name'))
    .filter(name => name !== 'kube-root-ca.crt')
const page: Pick = body => ({n: listOf(readPath(body, 'items')).length, meta: readPath(body, 'metadata')})
const columns: Pick = body =>
  listOf(readPath(body, 'columnDefinitions')).map(column =>
    ['name', 'type', 'priority'].map(key => readPath(column, key)),
  )
const at =
  (path: string): Pick =>
  body =>
    readPath(body, path)
const keys: Pick = body => Object.keys(objectOf(body)).sort()
const groups: Pick = body => listOf(readPath(body, 'groups')).map(group => readPath(group, 'name'))
const owners: Pick = body =>
  listOf(readPath(body, 'metadata.ownerReferences')).map(owner => readPath(owner, 'kind'))

/** A slice as the recording shows it. */
const slices: Pick = body =>
  listOf(readPath(body, 'items')).map(slice => ({
    labels: readPath(slice, 'metadata.labels'),
    addressType: readPath(slice, 'addressType'),
    endpoints: readPath(slice, 'endpoints'),
    ports: readPath(slice, 'ports'),
    owner: owners(slice),
  }))

const customTable: Pick = body => ({
  columns: listOf(readPath(body, 'columnDefinitions')).map(column => [
    readPath(column, 'name'),
    readPath(column, 'type'),
  ]),
  rows: listOf(readPath(body, 'rows')).map(row => listOf(readPath(row, 'cells')).slice(0, 2)),
})

const wholeTable: Pick = body => ({
  kind: readPath(body, 'kind'),
  apiVersion: readPath(body, 'apiVersion'),
  columns: readPath(body, 'columnDefinitions'),
  cells: listOf(readPath(body, 'rows'))
    .map(row => listOf(readPath(row, 'cells')).slice(0, 2))
    .filter(([name]) => name !== 'kube-root-ca.crt'),
})

const loadBalancer: Pick = body => {
  const spec = objectOf(readPath(body, 'spec'))
  const ports = listOf(spec['ports']).map(port => ({
    ...objectOf(port),
    nodePort: typeof readPath(port, 'nodePort'),
  }))
  return {
    type: spec['type'],
    etp: spec['externalTrafficPolicy'],
    alloc: spec['allocateLoadBalancerNodePorts'],
    ports,
    status: readPath(body, 'status'),
  }
}

/** Events as the recording shows them: the object's kind, name, labels and annotations. */
const events: Pick = body =>
  listOf(body).map(event => {
    const object = readPath(event, 'object')
    const name = readPath(object, 'metadata.name')
    const labels = readPath(object, 'metadata.labels')
    const annotations = readPath(object, 'metadata.annotations')
    return {
      type: readPath(event, 'type'),
      kind: readPath(object, 'kind'),
      ...(name === undefined ? {} : {name}),
      ...(annotations === undefined ? {} : {annotations}),
      ...(labels === undefined ? {} : {labels}),
    }
  })

/** What the recording kept of an answer, by scenario and step; everything where nothing is said. */
const PICKS: Record<string, Pick> = {
  'access#1': body => ({
    kind: readPath(body, 'kind'),
    spec: ['audiences', 'expirationSeconds', 'boundObjectRef'].filter(
      key => readPath(body, `spec.${key}`) !== undefined,
    ),
    token: readPath(body, 'status.token'),
  }),
  'access#10': body => ({allowed: readPath(body, 'status.allowed')}),
  'access#11': at('status.allowed'),
  'access#12': body => ({allowed: readPath(body, 'status.allowed')}),
  'access#13': at('status.userInfo.username'),
  'apply#2': body => ({
    generation: readPath(body, 'metadata.generation'),
    managers: listOf(readPath(body, 'metadata.managedFields')).map(it => [
      readPath(it, 'manager'),
      readPath(it, 'operation'),
    ]),
  }),
  'crds#1': at('status'),
  'crds#17': customTable,
  'deletion#1': body => ({kind: readPath(body, 'kind'), finalizers: readPath(body, 'metadata.finalizers')}),
  'deletion#5': body => readPath(body, 'metadata.ownerReferences') ?? null,
  'deletion#15': at('metadata.name'),
  'discovery#0': keys,
  // The port is whichever was free.
  'discovery#1': body => JSON.parse(JSON.stringify(body).replace(/(\d):\d+"/, '$1:6443"')),
  'discovery#14': groups,
  'lists#14': body => ({...objectOf(page(body)), kind: readPath(body, 'kind')}),
  'lists#15': page,
  'lists#17': wholeTable,
  'lists#20': body => ({kind: readPath(body, 'kind'), names: names(body)}),
  'services#2': loadBalancer,
  'services#7': slices,
  'watches#0': events,
  'watches#1': events,
  'watches#2': events,
  'watches#3': events,
}

/** The part of an answer to compare with what was recorded. */
export function picked(key: string, recorded: unknown, body: unknown): unknown {
  const pick = PICKS[key]
  if (pick !== undefined) return pick(body)
  if (Array.isArray(recorded) && isObject(body)) return body['kind'] === 'Table' ? columns(body) : names(body)
  if (typeof recorded === 'string' && isObject(body)) return oneWord(recorded, body)
  return body
}

/** Where one word was recorded it is the kind, or what became of the request. */
const oneWord = (recorded: string, body: Record<string, unknown>): unknown =>
  [body['kind'], body['reason'], body['status']].find(word => word === recorded) ?? body
