import {at, listAt, objectAt, textAt, textsAt} from '../kinds/fields.ts'
import {type Amounts, add, amountOf} from '../kinds/pods/amounts.ts'
import {qosClass} from '../kinds/pods/quality.ts'
import {formatQuantity, parseQuantity} from '../kinds/quantity.ts'
import {type Counted, kindBehind, qualified, usageOf} from './usage.ts'

/** The names of all that a quota limits. */
export const resourcesOf = (quota: unknown): string[] => Object.keys(objectAt(quota, 'spec', 'hard')).sort()

/** True where a quota's resources are about this kind. */
export const concerns = (quota: unknown, kind: Counted): boolean =>
  resourcesOf(quota).some(resource => kindBehind(resource) === qualified(kind))

/** Whether an object counts for a quota at all: one with scopes only counts pods that are in all of them. */
export function counts(quota: unknown, kind: Counted, object: unknown): boolean {
  const selected = listAt(quota, 'spec', 'scopeSelector', 'matchExpressions')
  const scopes = textsAt(quota, 'spec', 'scopes').map(scopeName => ({scopeName, operator: 'Exists'}))
  const all = [...scopes, ...selected]
  if (all.length === 0) return true
  return qualified(kind) === 'pods' && all.every(each => isInScope(each, object))
}

function isInScope(scope: object, pod: unknown): boolean {
  const name = textAt(scope, 'scopeName')
  const isBestEffort = qosClass(at(pod, 'spec')) === 'BestEffort'
  const isTerminating = at(pod, 'spec', 'activeDeadlineSeconds') !== undefined
  if (name === 'PriorityClass') return hasPriority(scope, textAt(pod, 'spec', 'priorityClassName'))
  if (name === 'BestEffort') return isBestEffort
  if (name === 'NotBestEffort') return !isBestEffort
  if (name === 'Terminating') return isTerminating
  return name === 'NotTerminating' && !isTerminating
}

function hasPriority(scope: object, priority: string): boolean {
  const isListed = textsAt(scope, 'values').includes(priority)
  switch (textAt(scope, 'operator')) {
    case 'In':
      return isListed
    case 'NotIn':
      return !isListed
    case 'Exists':
      return priority !== ''
    default:
      return priority === ''
  }
}

/** What these objects of one kind take together of what a quota limits. */
export function totalOf(quota: unknown, kind: Counted, objects: readonly unknown[]): Amounts {
  const resources = resourcesOf(quota)
  return objects
    .filter(object => counts(quota, kind, object))
    .map(object => usageOf(kind, object, resources))
    .reduce(add, new Map())
}

export const hardOf = (quota: unknown, resource: string): number =>
  amountOf(at(quota, 'spec', 'hard', resource))

/** An amount as a quantity, in the notation that the quota uses for its limit. */
export function quantityOf(quota: unknown, resource: string, amount: number): string {
  const format = parseQuantity(String(at(quota, 'spec', 'hard', resource)))?.format ?? 'decimal'
  return formatQuantity({nano: BigInt(Math.round(amount)) * 1_000_000n, format})
}
