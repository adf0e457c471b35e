import type {KubeObject} from '../../registry.ts'
import {isObject} from '../json.ts'

/** True for JSON that has the outer shape of a Kubernetes object. */
export const isKubeObject = (value: unknown): value is KubeObject =>
  isObject(value) &&
  (value['apiVersion'] === undefined || typeof value['apiVersion'] === 'string') &&
  (value['kind'] === undefined || typeof value['kind'] === 'string') &&
  (value['metadata'] === undefined || isObject(value['metadata']))

export function decodeObject(json: string): KubeObject {
  const value: unknown = JSON.parse(json)
  if (!isKubeObject(value)) throw new Error('the database holds something that is no Kubernetes object')
  return value
}
