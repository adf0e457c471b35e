import type {Answer, ApiRequest, Authorizer, CreateOnlyResource} from '../http/hooks.ts'
import {isObject, type JsonObject} from '../json.ts'
import type {User} from '../kind.ts'
import {objectAt, textAt, textsAt} from '../kinds/fields.ts'
import {badRequest, invalid as invalidObject} from '../status.ts'
import {grantsOf, isMaster, type RbacReader} from './resolver.ts'
import {attributesOf, userOfSpec, validateReview} from './review-spec.ts'
import {userOfToken} from './service-account.ts'
import type {TokenAuthority} from './tokens.ts'

export interface ReviewOptions {
  reader: () => RbacReader
  authorizer: Authorizer
  authority: TokenAuthority
}

const authorization = 'authorization.k8s.io'
const authentication = 'authentication.k8s.io'

async function reviewOf(request: ApiRequest): Promise<JsonObject> {
  const body = await request.body()
  if (!isObject(body)) throw badRequest('the body of a review is an object')
  return body
}

const answered = (review: JsonObject, kind: string, group: string, status: unknown): Answer => ({
  status: 201,
  object: {
    ...review,
    kind,
    apiVersion: `${group}/v1`,
    metadata: {...objectAt(review, 'metadata')},
    status,
  },
})

function statusOf(user: User, spec: unknown, authorizer: Authorizer) {
  const {allowed, reason} = authorizer(user, attributesOf(spec))
  return {allowed, ...(reason === undefined ? {} : {reason})}
}

function rulesStatus(reader: RbacReader, user: User, namespace: string) {
  const resourceRules: object[] = []
  const nonResourceRules: object[] = []
  const all = isMaster(user)
    ? [
        {verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: []},
        {verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*']},
      ]
    : [...grantsOf(reader, user, namespace)].flatMap(grant => ('rule' in grant ? [grant.rule] : []))
  for (const {verbs, apiGroups, resources, resourceNames, nonResourceURLs} of all) {
    if (nonResourceURLs.length > 0) nonResourceRules.push({verbs, nonResourceURLs})
    if (resources.length === 0) continue
    resourceRules.push({verbs, apiGroups, resources, ...(resourceNames.length > 0 ? {resourceNames} : {})})
  }
  return {resourceRules, nonResourceRules, incomplete: false}
}

const userInfo = ({name, uid, groups, extra}: User) => ({
  username: name,
  ...(uid === undefined ? {} : {uid}),
  groups: [...groups],
  ...(extra === undefined ? {} : {extra}),
})

const resource = (group: string, kind: string, namespaced: boolean) => ({
  group,
  version: 'v1',
  plural: `${kind.toLowerCase()}s`,
  singular: kind.toLowerCase(),
  kind,
  namespaced,
})

/** The resources that only answer questions about who may do what, and who somebody is. */
export function reviews({reader, authorizer, authority}: ReviewOptions): CreateOnlyResource[] {
  const access = (kind: string, namespaced: boolean, aboutSelf: boolean) => ({
    ...resource(authorization, kind, namespaced),
    async create(request: ApiRequest): Promise<Answer> {
      const review = await reviewOf(request)
      const spec = review['spec']
      const found = validateReview(spec, !aboutSelf)
      if (found.length > 0) throw invalidObject({group: authorization, kind}, '', found)
      const namespace = request.attributes.resource?.namespace ?? ''
      if (namespaced && textAt(spec, 'resourceAttributes', 'namespace') !== namespace) {
        throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`)
      }
      const user = aboutSelf ? request.user : userOfSpec(spec)
      return answered(review, kind, authorization, statusOf(user, spec, authorizer))
    },
  })
  return [
    access('SelfSubjectAccessReview', false, true),
    access('SubjectAccessReview', false, false),
    access('LocalSubjectAccessReview', true, false),
    {
      ...resource(authorization, 'SelfSubjectRulesReview', false),
      async create(request) {
        const review = await reviewOf(request)
        const namespace = textAt(review, 'spec', 'namespace')
        if (namespace === '') throw badRequest('no namespace on request')
        const status = rulesStatus(reader(), request.user, namespace)
        return answered(review, 'SelfSubjectRulesReview', authorization, status)
      },
    },
    {
      ...resource(authentication, 'SelfSubjectReview', false),
      async create(request) {
        const review = await reviewOf(request)
        return answered(review, 'SelfSubjectReview', authentication, {userInfo: userInfo(request.user)})
      },
    },
    {
      ...resource(authentication, 'TokenReview', false),
      async create(request) {
        const review = await reviewOf(request)
        const asked = textsAt(review, 'spec', 'audiences')
        const wanted = asked.length > 0 ? asked : [authority.issuer]
        const found = await userOfToken(textAt(review, 'spec', 'token'), authority, reader(), wanted)
        const status = found
          ? {authenticated: true, user: userInfo(found.user), audiences: found.audiences}
          : {user: {}, error: '[invalid bearer token, service account token is not valid]'}
        return answered(review, 'TokenReview', authentication, status)
      },
    },
  ]
}
