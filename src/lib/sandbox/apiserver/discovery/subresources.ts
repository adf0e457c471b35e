import type {Handlers} from '../http/hooks.ts'
import type {Kind} from '../kind.ts'
import type {Listed} from './documents.ts'

/** What the bodies of the usual special subresources are. */
const BODIES: Record<string, {kind: string; verbs: string[]; group?: string; version?: string}> = {
  'pods/attach': {kind: 'PodAttachOptions', verbs: ['create', 'get']},
  'pods/binding': {kind: 'Binding', verbs: ['create']},
  'pods/eviction': {kind: 'Eviction', verbs: ['create'], group: 'policy', version: 'v1'},
  'pods/exec': {kind: 'PodExecOptions', verbs: ['create', 'get']},
  'pods/log': {kind: 'Pod', verbs: ['get']},
  'pods/portforward': {kind: 'PodPortForwardOptions', verbs: ['create', 'get']},
  'serviceaccounts/token': {
    kind: 'TokenRequest',
    verbs: ['create'],
    group: 'authentication.k8s.io',
    version: 'v1',
  },
}

const READ_WRITE = ['get', 'patch', 'update']

/** A kind's subresources for discovery: its status and scale, and what handlers add. */
export function subresourcesOf(kind: Kind, handlers: Handlers): Listed[] {
  const part = (
    subresource: string,
    rest: {kind: string; verbs: string[]; group?: string; version?: string},
  ) => ({
    name: `${kind.plural}/${subresource}`,
    singularName: '',
    namespaced: kind.namespaced,
    ...rest,
  })
  const found: Listed[] = []
  if (kind.hasStatus) found.push(part('status', {kind: kind.kind, verbs: READ_WRITE}))
  if (kind.scale !== undefined) {
    found.push(part('scale', {group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: READ_WRITE}))
  }
  if (kind.group === '' && kind.plural === 'namespaces') {
    found.push(part('finalize', {kind: 'Namespace', verbs: ['update']}))
  }
  for (const {group, plural, subresource} of handlers.subresources) {
    if (group !== kind.group || plural !== kind.plural) continue
    found.push(part(subresource, BODIES[`${plural}/${subresource}`] ?? {kind: kind.kind, verbs: ['create']}))
  }
  // Custom resources list status before scale; all others go by name.
  return kind.custom ? found : found.sort((left, right) => (left.name < right.name ? -1 : 1))
}
