import {type PgkError, usageError} from '../errors.ts'
import type {InstanceSet} from '../model/document.ts'
import {Data, Label} from '../model/labels.ts'
import {nearest, shown} from '../model/problem.ts'

/** How `--spread`, `--node-selector` and `--toleration` read. */

export type Affinity = NonNullable<InstanceSet['affinity']>
export type Toleration = NonNullable<InstanceSet['tolerations']>[number]
export type Spread = NonNullable<InstanceSet['topologySpreadConstraints']>[number]

const TOPOLOGY: Readonly<Record<string, string>> = {
  hostname: 'kubernetes.io/hostname',
  region: 'topology.kubernetes.io/region',
  zone: 'topology.kubernetes.io/zone',
}
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const

const wrong = (flag: string, message: string, hints: string[]): PgkError =>
  usageError('FLAG_INVALID', `--${flag} ${message}`, {object: `flag --${flag}`, hints})

/** `zone,hostname`, or whole node labels. Two instances never share such a domain more than need be. */
export function readSpread(text: string, cluster: string): Spread[] {
  return text.split(',').map(word => {
    const topologyKey = word.includes('/') ? word : TOPOLOGY[word]
    if (topologyKey === undefined) {
      const meant = nearest(word, Object.keys(TOPOLOGY))
      throw wrong('spread', `is no domain: ${shown(word)}`, [
        meant === undefined ? 'Say zone, hostname, region, or a whole node label.' : `Did you mean ${meant}?`,
      ])
    }
    return {
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: {matchLabels: {[Label.cluster]: cluster, [Label.data]: Data.postgres}},
    }
  })
}

/** Each `label=value`; a node must have them all. */
export function readNodeSelector(flags: readonly string[]): Affinity | undefined {
  if (flags.length === 0) return undefined
  const matchExpressions = flags.map(text => {
    const [, key, value] = /^([^=\s]+)=(.*)$/.exec(text) ?? []
    if (key === undefined || value === undefined) {
      throw wrong('node-selector', `is no label: ${shown(text)}`, ['For example --node-selector disk=nvme'])
    }
    return {key, operator: 'In' as const, values: [value]}
  })
  return {
    nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions}]}},
  }
}

/** As kubectl writes taints: `key=value:Effect`, `key:Effect`, or `key` for any effect. */
export function readToleration(text: string): Toleration {
  const [, key, value, effect] = /^([^=:\s]+)(?:=([^:]*))?(?::(\w+))?$/.exec(text) ?? []
  if (key === undefined) {
    throw wrong('toleration', `is no toleration: ${shown(text)}`, [
      'For example --toleration database=true:NoSchedule',
    ])
  }
  const known = EFFECTS.find(candidate => candidate === effect)
  if (effect !== undefined && known === undefined) {
    throw wrong('toleration', `has no such effect: ${shown(effect)}`, [
      `Did you mean ${nearest(effect, EFFECTS) ?? EFFECTS.join(', ')}?`,
    ])
  }
  return {
    key,
    ...(value === undefined ? {operator: 'Exists' as const} : {operator: 'Equal' as const, value}),
    ...(known === undefined ? {} : {effect: known}),
  }
}
