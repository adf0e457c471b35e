import {Type} from 'typebox'
import {countOrPercent, labels, oneOf} from './fields.ts'

/** Where pods may run: Kubernetes' own shapes. */

const requirement = Type.Object({
  key: Type.String(),
  operator: oneOf(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']),
  values: Type.Optional(Type.Array(Type.String())),
})

const nodeSelectorTerm = Type.Object({
  matchExpressions: Type.Optional(Type.Array(requirement)),
  matchFields: Type.Optional(Type.Array(requirement)),
})

const labelSelector = Type.Object({
  matchLabels: Type.Optional(labels),
  matchExpressions: Type.Optional(
    Type.Array(
      Type.Object({
        key: Type.String(),
        operator: oneOf(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: Type.Optional(Type.Array(Type.String())),
      }),
    ),
  ),
})

const podAffinityTerm = Type.Object({
  topologyKey: Type.String({minLength: 1}),
  labelSelector: Type.Optional(labelSelector),
  namespaces: Type.Optional(Type.Array(Type.String())),
  namespaceSelector: Type.Optional(labelSelector),
  matchLabelKeys: Type.Optional(Type.Array(Type.String())),
  mismatchLabelKeys: Type.Optional(Type.Array(Type.String())),
})

const weight = Type.Integer({minimum: 1, maximum: 100})

const podAffinity = Type.Object({
  requiredDuringSchedulingIgnoredDuringExecution: Type.Optional(Type.Array(podAffinityTerm)),
  preferredDuringSchedulingIgnoredDuringExecution: Type.Optional(
    Type.Array(Type.Object({weight, podAffinityTerm})),
  ),
})

export const affinity = Type.Object({
  nodeAffinity: Type.Optional(
    Type.Object({
      requiredDuringSchedulingIgnoredDuringExecution: Type.Optional(
        Type.Object({nodeSelectorTerms: Type.Array(nodeSelectorTerm, {minItems: 1})}),
      ),
      preferredDuringSchedulingIgnoredDuringExecution: Type.Optional(
        Type.Array(Type.Object({weight, preference: nodeSelectorTerm})),
      ),
    }),
  ),
  podAffinity: Type.Optional(podAffinity),
  podAntiAffinity: Type.Optional(podAffinity),
})

export const toleration = Type.Object({
  key: Type.Optional(Type.String()),
  operator: Type.Optional(oneOf(['Exists', 'Equal', 'Lt', 'Gt'])),
  value: Type.Optional(Type.String()),
  effect: Type.Optional(oneOf(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])),
  tolerationSeconds: Type.Optional(Type.Integer()),
})

export const topologySpreadConstraint = Type.Object({
  maxSkew: Type.Integer({minimum: 1}),
  topologyKey: Type.String({minLength: 1}),
  whenUnsatisfiable: oneOf(['DoNotSchedule', 'ScheduleAnyway']),
  labelSelector: Type.Optional(labelSelector),
  matchLabelKeys: Type.Optional(Type.Array(Type.String())),
  minDomains: Type.Optional(Type.Integer({minimum: 1})),
  nodeAffinityPolicy: Type.Optional(oneOf(['Honor', 'Ignore'])),
  nodeTaintsPolicy: Type.Optional(oneOf(['Honor', 'Ignore'])),
})

/** The fields that every kind of pod in the document shares. */
export const podPlacement = {
  affinity: Type.Optional(affinity),
  tolerations: Type.Optional(Type.Array(toleration)),
  topologySpreadConstraints: Type.Optional(Type.Array(topologySpreadConstraint)),
  priorityClassName: Type.Optional(Type.String({minLength: 1})),
}

export const minAvailable = Type.Optional(countOrPercent)
