import type {StatusError} from '../../registry.ts'
import type {Kind} from '../kind.ts'
import {invalid} from '../status.ts'

/** Kinds that a PUT creates when they are not there. */
const CREATED_BY_PUT = new Set([
  '/endpoints',
  '/events',
  '/limitranges',
  '/services',
  'coordination.k8s.io/leases',
  'discovery.k8s.io/endpointslices',
  'rbac.authorization.k8s.io/clusterrolebindings',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/rolebindings',
  'rbac.authorization.k8s.io/roles',
])

/** Built-in kinds whose PUT must say which version it replaces; custom kinds always must. */
const NEEDS_VERSION = new Set([
  'apiextensions.k8s.io/customresourcedefinitions',
  'coordination.k8s.io/leases',
  'policy/poddisruptionbudgets',
])

const keyOf = ({group, plural}: Kind): string => `${group}/${plural}`

export const mayCreateByUpdate = (kind: Kind): boolean => CREATED_BY_PUT.has(keyOf(kind))

export const needsVersion = (kind: Kind): boolean => kind.custom || NEEDS_VERSION.has(keyOf(kind))

export const versionMissing = (kind: Kind, name: string): StatusError =>
  invalid(kind, name, [
    {
      field: 'metadata.resourceVersion',
      reason: 'FieldValueInvalid',
      message: 'Invalid value: 0: must be specified for an update',
    },
  ])
