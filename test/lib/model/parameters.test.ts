import {evaluate} from '@marcbachmann/cel-js'
import {describe, expect, test} from 'vitest'
import {PARAMETER_RULES, parameterComplaint} from '../../../src/lib/model/parameters.ts'

/** What the API server would say, by the rules in the CRD. */
const serverAccepts = (name: string, value: string): boolean =>
  PARAMETER_RULES.every(({rule}) => evaluate(rule, {self: {[name]: value}}) === true)

describe('parameters that pgk keeps for itself', () => {
  test.each([
    ['work_mem', '64MB', true],
    ['pgaudit.log', 'ddl', true],
    ['wal_level', 'logical', true],
    ['wal_level', 'replica', false],
    ['ssl', 'off', false],
    ['ssl_ciphers', 'HIGH', false],
    ['ssl_ecdh_curve', 'prime256v1', true],
    ['unix_socket_directories', '/tmp', false],
    ['recovery_target_time', 'now', false],
    ['archive_command', 'true', false],
    ['synchronous_standby_names', '*', false],
    ['port', '5433', false],
  ])('%s=%s: %j, and the CRD agrees', (name, value, accepted) => {
    expect(parameterComplaint(name, value, 17) === undefined).toBe(accepted)
    expect(serverAccepts(name, value)).toBe(accepted)
  })

  test('upper case is no way round', () => {
    expect(parameterComplaint('Archive_Mode', 'off', 17)).toBeDefined()
  })

  test('ssl_groups exists since Postgres 18', () => {
    expect(parameterComplaint('ssl_groups', 'X25519', 17)).toBeDefined()
    expect(parameterComplaint('ssl_groups', 'X25519', 18)).toBeUndefined()
  })

  test.each(['', 'a b', "x'; --", 'constructor()', 'a=b', '1a'])('%j is no name', name => {
    expect(parameterComplaint(name, 1, 17)).toBe('is no name of a parameter')
  })
})
