import type {KubeObject} from '../ports.ts'
import {isRecord} from '../record.ts'
import {GROUP, KIND} from './document.ts'
import {spec} from './schema/document.ts'
import {status} from './schema/status.ts'

const PLURAL = 'postgresclusters'
export const CRD_NAME = `${PLURAL}.${GROUP}`

/**
 * Turns the schema into the structural form that the API server demands: maps as additionalProperties,
 * no word that it does not know.
 */
function structural(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(structural)
  if (!isRecord(schema)) return schema
  const {patternProperties, ...rest} = schema
  const result = Object.fromEntries(
    Object.entries(rest).flatMap(([key, value]) =>
      key.startsWith('x-pgk-') ? [] : [[key, structural(value)]],
    ),
  )
  const [entry] = isRecord(patternProperties) ? Object.values(patternProperties) : []
  if (entry !== undefined) result['additionalProperties'] = structural(entry)
  return result
}

const COLUMNS = [
  {name: 'Postgres', type: 'integer', jsonPath: '.spec.postgresVersion'},
  {name: 'Shutdown', type: 'boolean', jsonPath: '.spec.shutdown', priority: 1},
  {name: 'Operation', type: 'string', jsonPath: '.status.operation.kind'},
  {name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp'},
]

const version = (name: string, storage: boolean) => ({
  name,
  served: true,
  storage,
  additionalPrinterColumns: COLUMNS,
  subresources: {status: {}},
  schema: {
    openAPIV3Schema: {
      type: 'object',
      description: 'A cluster of PostgreSQL instances with its backups, users and Services.',
      required: ['spec'],
      properties: {
        apiVersion: {type: 'string'},
        kind: {type: 'string'},
        metadata: {type: 'object'},
        spec: structural(spec),
        status: structural(status),
      },
    },
  },
})

/** The CustomResourceDefinition that `pgk install` applies, made from the schema that pgk itself checks by. */
export function crd(): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {name: CRD_NAME, labels: {'app.kubernetes.io/name': 'pgk'}},
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {kind: KIND, listKind: `${KIND}List`, plural: PLURAL, singular: 'postgrescluster'},
      versions: [version('v1', false), version('v1beta1', true)],
    },
  }
}
