import {Type} from 'typebox'
import {DEFAULTS} from '../defaults.ts'
import {PARAMETER_RULES} from '../parameters.ts'
import {anyObject, anyObjects, intOrString, oneOf, port} from './fields.ts'

/** Fields that describe what runs inside Postgres and Patroni. */

const ROLE_NAME = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'
const DATABASE_NAME = {minLength: 1, maxLength: 63}

export const user = Type.Object({
  name: Type.String({
    minLength: 1,
    maxLength: 63,
    pattern: ROLE_NAME,
    'x-pgk-says': 'must be lower-case letters, digits and dashes',
  }),
  databases: Type.Optional(Type.Array(Type.String(DATABASE_NAME))),
  options: Type.Optional(Type.String({maxLength: 200})),
  password: Type.Optional(Type.Object({type: oneOf(['ASCII', 'AlphaNumeric'])})),
})

export const users = Type.Array(user, {
  maxItems: 64,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
})

/** A line of `pg_hba.conf`: either whole, as `hba`, or in its parts. */
export const authenticationRule = Type.Object({
  hba: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      pattern: '^[\\x20-\\x7e]+$',
      'x-pgk-says': 'must be one line of printable ASCII',
    }),
  ),
  connection: Type.Optional(oneOf(['local', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc'])),
  method: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 20,
      pattern: '^[-a-z0-9]+$',
      'x-pgk-says': 'must be the name of a method',
    }),
  ),
  databases: Type.Optional(Type.Array(Type.String(DATABASE_NAME), {maxItems: 20})),
  users: Type.Optional(Type.Array(Type.String(DATABASE_NAME), {maxItems: 20})),
  options: Type.Optional(
    Type.Unsafe<Record<string, string | number>>({
      type: 'object',
      maxProperties: 20,
      additionalProperties: {'x-kubernetes-int-or-string': true},
    }),
  ),
})

export const authentication = Type.Object({
  rules: Type.Optional(Type.Array(authenticationRule, {maxItems: 10})),
})

export const config = Type.Object({
  parameters: Type.Optional(
    Type.Record(Type.String(), intOrString, {
      maxProperties: 50,
      'x-kubernetes-validations': PARAMETER_RULES,
    }),
  ),
  files: Type.Optional(anyObjects()),
})

export const databaseInitSQL = Type.Object({
  name: Type.String({minLength: 1}),
  key: Type.String({minLength: 1}),
})

export const patroni = Type.Object({
  dynamicConfiguration: Type.Optional(anyObject()),
  leaderLeaseDurationSeconds: Type.Optional(
    Type.Integer({minimum: 3, default: DEFAULTS.leaderLeaseDurationSeconds}),
  ),
  syncPeriodSeconds: Type.Optional(Type.Integer({minimum: 1, default: DEFAULTS.syncPeriodSeconds})),
  port: Type.Optional(port({default: DEFAULTS.patroniPort})),
  logging: Type.Optional(anyObject()),
  switchover: Type.Optional(anyObject()),
})
