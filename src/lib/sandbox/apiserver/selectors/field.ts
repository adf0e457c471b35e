import type {KubeObject} from '../../registry.ts'
import {readPath} from '../json.ts'
import type {Kind} from '../kind.ts'
import {badRequest} from '../status.ts'

export interface FieldRequirement {
  field: string
  equal: boolean
  value: string
}

const POD_FIELDS = [
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'status.phase',
  'status.podIP',
  'status.nominatedNodeName',
]
const EVENT_FIELDS = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'source',
  'type',
]
/** The fields beyond name and namespace that a kind can be selected by. */
const SELECTABLE: Record<string, readonly string[]> = {
  '/pods': POD_FIELDS,
  '/events': EVENT_FIELDS,
  'events.k8s.io/events': [
    ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
      name => `regarding.${name}`,
    ),
    ...['reason', 'reportingController', 'type'],
  ],
  '/secrets': ['type'],
  '/namespaces': ['status.phase'],
  '/nodes': ['spec.unschedulable'],
  '/services': ['spec.clusterIP', 'spec.type'],
  '/replicationcontrollers': ['status.replicas'],
  'apps/replicasets': ['status.replicas'],
  'batch/jobs': ['status.successful'],
  'certificates.k8s.io/certificatesigningrequests': ['spec.signerName'],
}
const ALWAYS = ['metadata.name', 'metadata.namespace']

/** Reads `a=b,c!=d`. `\` escapes a comma, an equals sign or itself in a value. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  return terms(text).map(term => {
    const match = /^(.*?)(!=|==|=)(.*)$/.exec(term)
    const [, field, operator, value] = match ?? []
    if (field === undefined || operator === undefined || value === undefined) {
      throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`)
    }
    return {field, equal: operator !== '!=', value: value.replaceAll(/\\([\\,=])/g, '$1')}
  })
}

function terms(text: string): string[] {
  const found: string[] = []
  let term = ''
  for (let index = 0; index < text.length; index++) {
    const letter = text[index]
    if (letter === '\\') term += letter + (text[++index] ?? '')
    else if (letter !== ',') term += letter
    else {
      found.push(term)
      term = ''
    }
  }
  return [...found, term].filter(part => part !== '')
}

/** The selector as a predicate; a field that the kind cannot be selected by is a 400. */
export function fieldFilter(kind: Kind, text: string | null): ((object: KubeObject) => boolean) | undefined {
  if (text === null || text === '') return undefined
  const requirements = parseFieldSelector(text)
  const extra = SELECTABLE[`${kind.group}/${kind.plural}`]
  const allowed = [...ALWAYS, ...(extra ?? [])]
  for (const {field} of requirements) {
    if (allowed.includes(field)) continue
    const known = ALWAYS.map(name => JSON.stringify(name)).join(', ')
    throw badRequest(
      extra === undefined
        ? `${JSON.stringify(field)} is not a known field selector: only ${known}`
        : `field label not supported: ${field}`,
    )
  }
  return object =>
    requirements.every(({field, equal, value}) => (fieldText(object, field) === value) === equal)
}

function fieldText(object: KubeObject, field: string): string {
  const value = field === 'source' ? readPath(object, 'source.component') : readPath(object, field)
  if (field === 'spec.unschedulable' || field === 'spec.hostNetwork') return String(value === true)
  return value === undefined || value === null ? '' : String(value)
}
