import type {KubeObject, Registry, ResourceType} from '../../registry.ts'
import {clusterRoleBindings, roleBindings} from '../../resources.ts'
import type {JsonObject} from '../json.ts'
import type {User} from '../kind.ts'
import {listAt, textAt} from '../kinds/fields.ts'
import {accountName, type Grant, missingRole, originOf, roleOf} from './resolver.ts'
import {type PolicyRule, rulesOf} from './rules.ts'

interface Bound {
  binding: KubeObject
  origin: string
}
/** By subject, as `keyOf` writes them. */
type Scope = Map<string, Bound[]>

const bindingTypes: readonly ResourceType[] = [clusterRoleBindings, roleBindings]

const scopeOf = (binding: KubeObject): string => binding.metadata?.namespace ?? ''

/** Users and ServiceAccounts share one space of names; groups have their own. */
function keyOf(subject: JsonObject, bindingNamespace: string): string {
  if (textAt(subject, 'kind') === 'Group') return `group ${textAt(subject, 'name')}`
  return `user ${accountName(subject, bindingNamespace) ?? textAt(subject, 'name')}`
}

/**
 * Every binding by namespace and subject, kept up to date by watches, so that each request looks only at
 * the few bindings that are about its user. Sees a change a microtask after the write, hence before the
 * next request. Roles are read when they are needed; their rules are parsed once per version.
 */
export class BindingIndex {
  readonly #registry: Registry
  readonly #scopes = new Map<string, Scope>()
  readonly #rules = new WeakMap<KubeObject, PolicyRule[]>()

  constructor(registry: Registry) {
    this.#registry = registry
    for (const type of bindingTypes) {
      for (const binding of registry.list(type)) this.#add(type, binding)
      registry.watch(type, change => {
        if (change.previous !== undefined) this.#remove(change.previous)
        if (change.type !== 'DELETED') this.#add(type, change.object)
      })
    }
  }

  /** Everything that a user may do cluster-wide and, with a namespace, in it. */
  *grantsOf(user: User, namespace: string | undefined): Generator<Grant | {missing: string}> {
    const keys = [`user ${user.name}`, ...user.groups.map(group => `group ${group}`)]
    for (const scope of namespace === undefined ? [''] : ['', namespace]) {
      const bySubject = this.#scopes.get(scope)
      if (bySubject === undefined) continue
      for (const key of keys) {
        for (const bound of bySubject.get(key) ?? []) yield* this.#grantsBy(bound, scope)
      }
    }
  }

  *#grantsBy({binding, origin}: Bound, namespace: string): Generator<Grant | {missing: string}> {
    const role = roleOf(this.#registry, binding, namespace)
    if (role === undefined) {
      yield {missing: missingRole(binding)}
      return
    }
    let rules = this.#rules.get(role)
    if (rules === undefined) {
      rules = rulesOf(role)
      this.#rules.set(role, rules)
    }
    for (const rule of rules) yield {rule, origin}
  }

  #add(type: ResourceType, binding: KubeObject): void {
    const name = scopeOf(binding)
    const scope: Scope = this.#scopes.get(name) ?? new Map()
    this.#scopes.set(name, scope)
    for (const subject of listAt(binding, 'subjects')) {
      const key = keyOf(subject, name)
      const bound = {binding, origin: originOf(type, binding, subject)}
      scope.set(key, [...(scope.get(key) ?? []), bound])
    }
  }

  #remove(binding: KubeObject): void {
    const scope = this.#scopes.get(scopeOf(binding))
    if (scope === undefined) return
    for (const subject of listAt(binding, 'subjects')) {
      const key = keyOf(subject, scopeOf(binding))
      const left = (scope.get(key) ?? []).filter(bound => bound.binding !== binding)
      if (left.length > 0) scope.set(key, left)
      else scope.delete(key)
    }
    if (scope.size === 0) this.#scopes.delete(scopeOf(binding))
  }
}
