import type {KubeObject, ResourceType} from '../../../registry.ts'
import type {JsonObject} from '../../json.ts'
import type {Schema} from '../../kind.ts'
import {at, listAt, numberAt, objectAt, textAt, textsAt} from '../fields.ts'
import {readSchema} from './read-schema.ts'

export const customResourceDefinitions: ResourceType<KubeObject> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
}

export interface PrinterColumn {
  name: string
  type: string
  format: string
  description: string
  priority: number
  jsonPath: string
}

export interface CustomVersion {
  name: string
  served: boolean
  storage: boolean
  schema: Schema
  hasStatus: boolean
  scale?: {replicas: string; statusReplicas: string; selector: string}
  columns: PrinterColumn[]
  deprecated: boolean
  deprecationWarning: string
}

/** A CustomResourceDefinition as the server reads it. */
export interface CustomDefinition {
  /** `widgets.example.com` */
  name: string
  group: string
  namespaced: boolean
  names: {
    plural: string
    singular: string
    kind: string
    listKind: string
    shortNames: string[]
    categories: string[]
  }
  versions: CustomVersion[]
}

function versionOf(version: JsonObject): CustomVersion {
  const scale = at(version, 'subresources', 'scale')
  return {
    name: textAt(version, 'name'),
    served: version['served'] === true,
    storage: version['storage'] === true,
    schema: readSchema(at(version, 'schema', 'openAPIV3Schema')),
    hasStatus: at(version, 'subresources', 'status') !== undefined,
    ...(scale === undefined
      ? {}
      : {
          scale: {
            replicas: textAt(scale, 'specReplicasPath'),
            statusReplicas: textAt(scale, 'statusReplicasPath'),
            selector: textAt(scale, 'labelSelectorPath'),
          },
        }),
    columns: listAt(version, 'additionalPrinterColumns').map(column => ({
      name: textAt(column, 'name'),
      type: textAt(column, 'type'),
      format: textAt(column, 'format'),
      description: textAt(column, 'description'),
      priority: numberAt(column, 'priority') ?? 0,
      jsonPath: textAt(column, 'jsonPath'),
    })),
    deprecated: version['deprecated'] === true,
    deprecationWarning: textAt(version, 'deprecationWarning'),
  }
}

export function definitionOf(object: unknown): CustomDefinition {
  const names = objectAt(object, 'spec', 'names')
  const kind = textAt(names, 'kind')
  return {
    name: textAt(object, 'metadata', 'name'),
    group: textAt(object, 'spec', 'group'),
    namespaced: textAt(object, 'spec', 'scope') === 'Namespaced',
    names: {
      plural: textAt(names, 'plural'),
      singular: textAt(names, 'singular') || kind.toLowerCase(),
      kind,
      listKind: textAt(names, 'listKind') || `${kind}List`,
      shortNames: textsAt(names, 'shortNames'),
      categories: textsAt(names, 'categories'),
    },
    versions: listAt(object, 'spec', 'versions').map(versionOf),
  }
}
