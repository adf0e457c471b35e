import {randomInt} from 'node:crypto'
import {pods} from '../../../resources.ts'
import {isObject} from '../../json.ts'
import type {KindSpec} from '../define.ts'
import {objectAt, textAt} from '../fields.ts'
import {limitPod} from '../policy/limits.ts'
import {admitPod} from './admission.ts'
import {podColumns} from './columns.ts'
import {qosClass} from './quality.ts'
import {enforcePodSecurity} from './security.ts'
import {defaultPod} from './spec-defaults.ts'
import {validatePodUpdate} from './update.ts'
import {validatePodSpec} from './validate-spec.ts'

const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** Five characters that make no words, as Kubernetes' generated names end. */
export const randomSuffix = (): string =>
  Array.from({length: 5}, () => alphabet[randomInt(alphabet.length)]).join('')

export function podKind(suffix: () => string): KindSpec {
  return {
    type: pods,
    model: 'V1Pod',
    shortNames: ['po'],
    categories: ['all'],
    columns: podColumns,
    generation: true,
    status: pod => ({phase: 'Pending', qosClass: qosClass(pod['spec'])}),
    defaults: defaultPod,
    create(pod, context) {
      admitPod(pod, context, suffix)
      limitPod(pod, context)
      enforcePodSecurity(pod, context)
      const status = pod['status']
      if (isObject(status)) status['qosClass'] = qosClass(pod['spec'])
    },
    validate(pod) {
      return validatePodSpec(objectAt(pod, 'spec'), 'spec')
    },
    validateUpdate: validatePodUpdate,
    warnings(pod) {
      const name = textAt(pod, 'metadata', 'name')
      const text =
        "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended"
      return name.includes('.') || name.length > 63 ? [text] : []
    },
  }
}
