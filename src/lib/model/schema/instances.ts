import {Type} from 'typebox'
import {DEFAULTS} from '../defaults.ts'
import {anyObject, anyObjects, metadata, resources, volumeClaimSpec} from './fields.ts'
import {minAvailable, podPlacement} from './scheduling.ts'

const DNS_LABEL = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'

export const instanceSet = Type.Object({
  name: Type.Optional(
    Type.String({
      pattern: `^$|${DNS_LABEL}`,
      maxLength: 63,
      default: '',
      'x-pgk-says': 'must be lower-case letters, digits and dashes',
    }),
  ),
  replicas: Type.Optional(Type.Integer({minimum: 1, default: DEFAULTS.replicas})),
  minAvailable,
  dataVolumeClaimSpec: volumeClaimSpec,
  walVolumeClaimSpec: Type.Optional(volumeClaimSpec),
  resources: Type.Optional(resources),
  metadata: Type.Optional(metadata),
  ...podPlacement,
  containers: Type.Optional(anyObjects()),
  sidecars: Type.Optional(anyObject()),
  tablespaceVolumes: Type.Optional(anyObjects()),
  volumes: Type.Optional(anyObject()),
})

export const instances = Type.Array(instanceSet, {
  minItems: 1,
  maxItems: 16,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
})
