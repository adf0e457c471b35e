import type {KubeObject} from '../../registry.ts'
import type {Kind} from '../kind.ts'
import type {WriteOptions} from '../registry/backend.ts'

export function recordUpdate(_write: {
  kind: Kind
  old: KubeObject | undefined
  draft: KubeObject
  options: WriteOptions
  now: Date
}): void {}
