import type {Attributes} from '../http/hooks.ts'
import {isObject} from '../json.ts'
import type {FieldError, User} from '../kind.ts'
import {at, objectAt, textAt, textsAt} from '../kinds/fields.ts'
import {invalid} from '../kinds/problems.ts'

/** What a review asks about, in the words of requests. */
export function attributesOf(spec: unknown): Attributes {
  const resource = at(spec, 'resourceAttributes')
  if (!isObject(resource)) {
    const path = textAt(spec, 'nonResourceAttributes', 'path')
    return {verb: textAt(spec, 'nonResourceAttributes', 'verb'), path}
  }
  const part = (key: string) => textAt(resource, key)
  return {
    verb: part('verb'),
    path: '',
    resource: {
      group: part('group'),
      version: part('version') || 'v1',
      plural: part('resource'),
      ...(part('subresource') === '' ? {} : {subresource: part('subresource')}),
      ...(part('namespace') === '' ? {} : {namespace: part('namespace')}),
      ...(part('name') === '' ? {} : {name: part('name')}),
    },
  }
}

/** The user that a review names. */
export function userOfSpec(spec: unknown): User {
  const uid = textAt(spec, 'uid')
  const extra = Object.keys(objectAt(spec, 'extra')).map(key => [key, textsAt(spec, 'extra', key)])
  return {
    name: textAt(spec, 'user'),
    groups: textsAt(spec, 'groups'),
    ...(uid === '' ? {} : {uid}),
    ...(extra.length === 0 ? {} : {extra: Object.fromEntries(extra)}),
  }
}

/** A review asks about a resource or about a path; one about somebody else says about whom. */
export function validateReview(spec: unknown, namesUser: boolean): FieldError[] {
  const resource = at(spec, 'resourceAttributes')
  const path = at(spec, 'nonResourceAttributes')
  const found: FieldError[] = []
  if (isObject(resource) && isObject(path)) {
    const why = 'cannot be specified in combination with resourceAttributes'
    found.push(invalid('spec.nonResourceAttributes', path, why))
  }
  if (!isObject(resource) && !isObject(path)) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
    found.push(invalid('spec.resourceAttributes', undefined, why))
  }
  if (namesUser && textAt(spec, 'user') === '' && textsAt(spec, 'groups').length === 0) {
    found.push(invalid('spec.user', '', 'at least one of user or group must be specified'))
  }
  return found
}
