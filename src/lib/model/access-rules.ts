import type {ClusterSpec, User} from './document.ts'
import {at, type Problem} from './problem.ts'

/** What the schema cannot say about users, authentication and Services. */

type HbaRule = NonNullable<NonNullable<ClusterSpec['authentication']>['rules']>[number]

const LDAP_NAMES = ['ldapbasedn', 'ldapprefix', 'ldapsuffix']
const LDAP_SEARCH = ['ldapbasedn', 'ldapbinddn', 'ldapbindpasswd', 'ldapsearchattribute', 'ldapsearchfilter']

function userProblems({options, name}: User, path: string): Problem[] {
  const problems: Problem[] = []
  const complain = (message: string, hint?: string) =>
    problems.push({path: at(path, 'options'), message, ...(hint === undefined ? {} : {hint})})
  if (options !== undefined) {
    if (/;/.test(options)) complain('must not hold a semicolon')
    if (/--|\/\*/.test(options)) complain('must not hold a comment')
    if (/\bpassword\b/i.test(options)) {
      complain('must not set a password', `The password of ${name} lives in its Secret.`)
    }
    if (/[\r\n]/.test(options)) complain('must be one line')
  }
  return problems
}

function optionComplaint({method, options = {}}: HbaRule): string | undefined {
  const has = (key: string): boolean => Object.hasOwn(options, key)
  if (method === 'ldap') {
    if (!LDAP_NAMES.some(has)) return 'needs ldapbasedn, ldapprefix or ldapsuffix for the method ldap'
    if (['ldapprefix', 'ldapsuffix'].some(has) && LDAP_SEARCH.some(has)) {
      return 'mixes ldapprefix or ldapsuffix with options of an LDAP search'
    }
  }
  if (method === 'radius' && !['radiusservers', 'radiussecrets'].every(has)) {
    return 'needs radiusservers and radiussecrets for the method radius'
  }
  return undefined
}

function hbaProblems(rule: HbaRule, path: string): Problem[] {
  if (rule.hba !== undefined) {
    const others = ['connection', 'method', 'databases', 'users', 'options'].filter(key =>
      Object.hasOwn(rule, key),
    )
    if (others.length > 0)
      return [{path, message: `holds both hba and ${others.join(', ')}; one way or the other`}]
    return /^\s*include/i.test(rule.hba)
      ? [{path: at(path, 'hba'), message: 'cannot include other files'}]
      : []
  }
  if (rule.connection === undefined || rule.method === undefined) {
    return [{path, message: 'needs connection and method, or hba'}]
  }
  if (rule.method === 'trust')
    return [{path: at(path, 'method'), message: 'must not be trust: anyone could log in'}]
  const complaint = optionComplaint(rule)
  return complaint === undefined ? [] : [{path: at(path, 'options'), message: complaint}]
}

function serviceProblems(service: ClusterSpec['service'], path: string): Problem[] {
  if (service?.nodePort === undefined || (service.type ?? 'ClusterIP') !== 'ClusterIP') return []
  return [
    {
      path: at(path, 'nodePort'),
      message: 'needs the type NodePort or LoadBalancer',
      hint: `Set ${at(path, 'type')}: NodePort.`,
    },
  ]
}

export const accessProblems = (spec: ClusterSpec): Problem[] => [
  ...(spec.users ?? []).flatMap((user, index) => userProblems(user, `spec.users[${index}]`)),
  ...(spec.authentication?.rules ?? []).flatMap((rule, index) =>
    hbaProblems(rule, `spec.authentication.rules[${index}]`),
  ),
  ...serviceProblems(spec.service, 'spec.service'),
  ...serviceProblems(spec.replicaService, 'spec.replicaService'),
]
