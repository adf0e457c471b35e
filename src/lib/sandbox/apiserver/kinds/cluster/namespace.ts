import {namespaces, serviceAccounts} from '../../../resources.ts'
import type {JsonObject} from '../../json.ts'
import {ageColumn, nameColumn, text} from '../columns/column.ts'
import {allVerbs, type KindSpec} from '../define.ts'
import {ensureObject, objectAt, textAt, textsAt} from '../fields.ts'
import {dns1123Label} from '../names.ts'
import {isSystemUser} from '../pods/update.ts'

const nameLabel = 'kubernetes.io/metadata.name'

/** Every namespace can be selected by its own name. */
function labelName(object: JsonObject): void {
  const metadata = ensureObject(object, 'metadata')
  const name = textAt(metadata, 'name')
  if (name !== '') ensureObject(metadata, 'labels')[nameLabel] = name
}

export const namespaceKind: KindSpec = {
  type: namespaces,
  model: 'V1Namespace',
  shortNames: ['ns'],
  nameRule: dns1123Label,
  verbs: allVerbs.filter(verb => verb !== 'deletecollection'),
  status: {phase: 'Active'},
  columns: [nameColumn, text('Status', object => textAt(object, 'status', 'phase')), ageColumn],
  defaults(object) {
    labelName(object)
    ensureObject(object, 'spec')
  },
  create(object) {
    labelName(object)
    const spec = ensureObject(object, 'spec')
    const finalizers = textsAt(spec, 'finalizers')
    if (!finalizers.includes('kubernetes')) spec['finalizers'] = [...finalizers, 'kubernetes']
  },
  update(object, old, context) {
    // Only the namespace's life cycle ends its hold, never an ordinary update.
    if (isSystemUser(context)) return
    const finalizers = textsAt(old, 'spec', 'finalizers')
    if (finalizers.length > 0) ensureObject(object, 'spec')['finalizers'] = finalizers
    else delete objectAt(object, 'spec')['finalizers']
  },
}

export const serviceAccountKind: KindSpec = {
  type: serviceAccounts,
  model: 'V1ServiceAccount',
  shortNames: ['sa'],
  columns: [nameColumn, ageColumn],
}
