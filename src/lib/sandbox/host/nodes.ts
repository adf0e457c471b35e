import {Type} from 'typebox'
import {Compile} from 'typebox/compile'
import {failedError} from '../../errors.ts'
import type {NodeSettings} from '../node/node-object.ts'

const zones = ['a', 'b', 'c']

export interface NodeSummary {
  name: string
  zone: string | undefined
  ready: boolean
}

const nodeList = Compile(
  Type.Object({
    items: Type.Array(
      Type.Object({
        metadata: Type.Object({
          name: Type.String(),
          labels: Type.Optional(Type.Record(Type.String(), Type.String())),
        }),
        status: Type.Optional(
          Type.Object({
            conditions: Type.Optional(Type.Array(Type.Object({type: Type.String(), status: Type.String()}))),
          }),
        ),
      }),
    ),
  }),
)

/** Reads a NodeList as the API sends it. */
export function parseNodes(text: string): NodeSummary[] {
  const value: unknown = JSON.parse(text)
  if (!nodeList.Check(value)) throw failedError('SANDBOX_API', 'the sandbox’s API sends an odd list of nodes')
  return value.items.map(({metadata, status}) => ({
    name: metadata.name,
    zone: metadata.labels?.['topology.kubernetes.io/zone'],
    ready: status?.conditions?.some(({type, status: is}) => type === 'Ready' && is === 'True') ?? false,
  }))
}

/** Virtual nodes, spread over three zones in turn. */
export function virtualNodes(count: number): NodeSettings[] {
  return Array.from({length: count}, (_, index) => ({
    name: `node-${index + 1}`,
    zone: `zone-${zones[index % zones.length]}`,
    region: 'sandbox',
  }))
}
