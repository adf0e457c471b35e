import type {KubeObject, ResourceType} from '../../../registry.ts'
import {clusterRoleBindings, clusterRoles, roleBindings, roles} from '../../../resources.ts'
import {equalJson, type JsonObject} from '../../json.ts'
import type {FieldError, StrategyContext} from '../../kind.ts'
import {ageColumn, nameColumn, text, wide} from '../columns/column.ts'
import type {KindSpec} from '../define.ts'
import {at, fill, listAt, objectAt, textAt, textsAt} from '../fields.ts'
import {pathSegment} from '../names.ts'
import {invalid, joinPath, required, unsupported} from '../problems.ts'

/** Refuses roles and bindings that would give away more than the user has; throws a 403. */
export type EscalationCheck = (type: ResourceType, object: JsonObject, context: StrategyContext) => void

const rbacGroup = 'rbac.authorization.k8s.io'

function validateRule(rule: JsonObject, field: string, namespaced: boolean): FieldError[] {
  const urls = textsAt(rule, 'nonResourceURLs')
  const found: FieldError[] = []
  if (textsAt(rule, 'verbs').length === 0) {
    found.push(required(`${field}.verbs`, 'verbs must contain at least one value'))
  }
  if (urls.length > 0) {
    const path = `${field}.nonResourceURLs`
    if (namespaced) {
      found.push(invalid(path, urls, 'namespaced rules cannot apply to non-resource URLs'))
    }
    if (['apiGroups', 'resources', 'resourceNames'].some(key => textsAt(rule, key).length > 0)) {
      found.push(invalid(path, urls, 'rules cannot apply to both regular resources and non-resource URLs'))
    }
    return found
  }
  if (textsAt(rule, 'apiGroups').length === 0) {
    found.push(required(`${field}.apiGroups`, 'resource rules must supply at least one api group'))
  }
  if (textsAt(rule, 'resources').length === 0) {
    found.push(required(`${field}.resources`, 'resource rules must supply at least one resource'))
  }
  return found
}

const validateRules = (object: JsonObject, namespaced: boolean): FieldError[] =>
  listAt(object, 'rules').flatMap((rule, index) => validateRule(rule, joinPath('rules', index), namespaced))

const createdColumn = text('Created At', each => textAt(each, 'metadata', 'creationTimestamp'))

function roleKind(type: ResourceType, model: string, check: EscalationCheck): KindSpec {
  return {
    type,
    model,
    nameRule: pathSegment,
    columns: [nameColumn, createdColumn],
    defaults: object => fill(object, {rules: null}),
    create: (object, context) => check(type, object, context),
    update(object, old, context) {
      if (!equalJson(object['rules'], old['rules'])) check(type, object, context)
    },
    validate: object => validateRules(object, type.namespaced),
  }
}

function defaultBinding(object: JsonObject): void {
  fill(objectAt(object, 'roleRef'), {apiGroup: rbacGroup})
  for (const subject of listAt(object, 'subjects')) {
    if (subject['kind'] !== 'ServiceAccount') fill(subject, {apiGroup: rbacGroup})
  }
}

/** In a namespaced binding an account without a namespace is one of the binding's own. */
function validateSubject(subject: JsonObject, field: string, namespaced: boolean): FieldError[] {
  const kind = textAt(subject, 'kind')
  const group = textAt(subject, 'apiGroup')
  const found = textAt(subject, 'name') === '' ? [required(`${field}.name`)] : []
  if (kind === 'ServiceAccount') {
    if (!namespaced && textAt(subject, 'namespace') === '') found.push(required(`${field}.namespace`))
    if (group !== '') found.push(unsupported(`${field}.apiGroup`, group, ['']))
  } else if (kind === 'User' || kind === 'Group') {
    if (group !== rbacGroup) found.push(unsupported(`${field}.apiGroup`, group, [rbacGroup]))
  } else {
    found.push(unsupported(`${field}.kind`, kind, ['Group', 'ServiceAccount', 'User']))
  }
  return found
}

function validateBinding(object: JsonObject, namespaced: boolean): FieldError[] {
  const group = textAt(object, 'roleRef', 'apiGroup')
  const kind = textAt(object, 'roleRef', 'kind')
  const kinds = namespaced ? ['ClusterRole', 'Role'] : ['ClusterRole']
  const found: FieldError[] = []
  if (group !== rbacGroup) found.push(unsupported('roleRef.apiGroup', group, [rbacGroup]))
  if (!kinds.includes(kind)) found.push(unsupported('roleRef.kind', kind, kinds))
  if (textAt(object, 'roleRef', 'name') === '') found.push(required('roleRef.name'))
  return [
    ...found,
    ...listAt(object, 'subjects').flatMap((subject, index) =>
      validateSubject(subject, joinPath('subjects', index), namespaced),
    ),
  ]
}

const goRoleRef = (object: JsonObject): JsonObject => ({
  APIGroup: textAt(object, 'roleRef', 'apiGroup'),
  Kind: textAt(object, 'roleRef', 'kind'),
  Name: textAt(object, 'roleRef', 'name'),
})

const subjectsCell = (kind: string) => (object: KubeObject) =>
  listAt(object, 'subjects')
    .filter(subject => subject['kind'] === kind)
    .map(subject =>
      kind === 'ServiceAccount'
        ? `${textAt(subject, 'namespace')}/${textAt(subject, 'name')}`
        : textAt(subject, 'name'),
    )
    .join(', ')

function bindingKind(type: ResourceType, model: string, check: EscalationCheck): KindSpec {
  const validate = (object: JsonObject) => validateBinding(object, type.namespaced)
  return {
    type,
    model,
    nameRule: pathSegment,
    columns: [
      nameColumn,
      text('Role', each => `${textAt(each, 'roleRef', 'kind')}/${textAt(each, 'roleRef', 'name')}`),
      ageColumn,
      wide(text('Users', subjectsCell('User'))),
      wide(text('Groups', subjectsCell('Group'))),
      wide(text('ServiceAccounts', subjectsCell('ServiceAccount'))),
    ],
    defaults: defaultBinding,
    create: (object, context) => check(type, object, context),
    update(object, old, context) {
      const sameRef = equalJson(object['roleRef'], old['roleRef'])
      if (sameRef && !equalJson(at(object, 'subjects'), at(old, 'subjects'))) check(type, object, context)
    },
    validate,
    validateUpdate(object, old) {
      const found = validate(object)
      if (equalJson(object['roleRef'], old['roleRef'])) return found
      return [...found, invalid('roleRef', goRoleRef(object), 'cannot change roleRef')]
    },
  }
}

export const rbacKinds = (check: EscalationCheck): readonly KindSpec[] => [
  roleKind(roles, 'V1Role', check),
  roleKind(clusterRoles, 'V1ClusterRole', check),
  bindingKind(roleBindings, 'V1RoleBinding', check),
  bindingKind(clusterRoleBindings, 'V1ClusterRoleBinding', check),
]

/** What a binding's subjects may not be given is decided elsewhere; this one lets everything pass. */
export const noEscalationCheck: EscalationCheck = () => {}
