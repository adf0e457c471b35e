import type {KubeObject} from '../../../registry.ts'
import {nodes} from '../../../resources.ts'
import {ageColumn, nameColumn, text, wide} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, ensureObject, listAt, mapAt, objectAt, textAt} from '../fields.ts'

function statusCell(node: KubeObject): string {
  const ready = listAt(node, 'status', 'conditions').find(each => each['type'] === 'Ready')
  const states = [!ready ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady']
  if (at(node, 'spec', 'unschedulable') === true) states.push('SchedulingDisabled')
  return states.join(',')
}

const rolePrefix = 'node-role.kubernetes.io/'

function rolesCell(node: KubeObject): string {
  const labels = mapAt(node, 'metadata', 'labels')
  const roles = Object.keys(labels)
    .filter(key => key.startsWith(rolePrefix))
    .map(key => key.slice(rolePrefix.length))
  const legacy = labels['kubernetes.io/role']
  if (legacy !== undefined) roles.push(legacy)
  return [...new Set(roles)].filter(Boolean).sort().join(',') || '<none>'
}

const addressCell = (type: string) => (node: KubeObject) => {
  const found = listAt(node, 'status', 'addresses').find(each => each['type'] === type)
  return textAt(found, 'address') || '<none>'
}

const infoCell = (field: string) => (node: KubeObject) =>
  textAt(node, 'status', 'nodeInfo', field) || '<unknown>'

export const nodeKind: KindSpec = {
  type: nodes,
  model: 'V1Node',
  shortNames: ['no'],
  // A node registers itself together with its status.
  status: node => objectAt(node, 'status'),
  columns: [
    nameColumn,
    text('Status', statusCell),
    text('Roles', rolesCell),
    ageColumn,
    text('Version', node => textAt(node, 'status', 'nodeInfo', 'kubeletVersion')),
    wide(text('Internal-IP', addressCell('InternalIP'))),
    wide(text('External-IP', addressCell('ExternalIP'))),
    wide(text('OS-Image', infoCell('osImage'))),
    wide(text('Kernel-Version', infoCell('kernelVersion'))),
    wide(text('Container-Runtime', infoCell('containerRuntimeVersion'))),
  ],
  defaults: node => void ensureObject(node, 'spec'),
}
