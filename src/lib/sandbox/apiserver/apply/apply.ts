import type {KubeObject} from '../../registry.ts'
import type {ApiRequest} from '../http/hooks.ts'
import type {Kind} from '../kind.ts'
import type {Backend} from '../registry/backend.ts'

export interface Applied {
  object: KubeObject
  created: boolean
  warnings: string[]
}
export function applyObject(
  _backend: Backend,
  _kind: Kind,
  _target: {namespace: string | undefined; name: string; config: unknown},
  _request: ApiRequest,
): Applied {
  throw new Error('later')
}
