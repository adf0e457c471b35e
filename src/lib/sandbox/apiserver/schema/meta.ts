import type {Kind, Schema} from '../kind.ts'

const text: Schema = {type: 'string'}
const time: Schema = {type: 'string', format: 'date-time'}
const texts: Schema = {type: 'object', additionalProperties: text}

/** The schema of `metadata`, the same for every kind. */
export const objectMeta: Schema = {
  type: 'object',
  properties: {
    name: text,
    generateName: text,
    namespace: text,
    selfLink: text,
    uid: text,
    resourceVersion: text,
    generation: {type: 'integer', format: 'int64'},
    creationTimestamp: time,
    deletionTimestamp: time,
    deletionGracePeriodSeconds: {type: 'integer', format: 'int64'},
    labels: texts,
    annotations: texts,
    ownerReferences: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'uid',
      items: {
        type: 'object',
        'x-kubernetes-map-type': 'atomic',
        properties: {
          apiVersion: text,
          kind: text,
          name: text,
          uid: text,
          controller: {type: 'boolean'},
          blockOwnerDeletion: {type: 'boolean'},
        },
      },
    },
    finalizers: {
      type: 'array',
      items: text,
      'x-kubernetes-list-type': 'set',
      'x-kubernetes-patch-strategy': 'merge',
    },
    managedFields: {
      type: 'array',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        properties: {
          manager: text,
          operation: text,
          apiVersion: text,
          time,
          fieldsType: text,
          fieldsV1: {type: 'object', 'x-kubernetes-preserve-unknown-fields': true},
          subresource: text,
        },
      },
    },
  },
}

/** A kind's whole schema with the parts that all kinds share. */
export const rootSchema = (kind: Kind): Schema => ({
  ...kind.schema,
  type: 'object',
  properties: {...kind.schema.properties, apiVersion: text, kind: text, metadata: objectMeta},
})
