import {describe, expect, it} from 'vitest'
import {scriptCommand, scriptComplaints} from '../../../src/lib/postgres/sql-session.ts'

const script = `CREATE ROLE app LOGIN PASSWORD 'hunter2' FOO;
CREATE ROLE other PASSWORD 'zwei';
SELECT $$drei$$::int;`

describe('scriptComplaints', () => {
  it('tells the error, and never the line of the script that psql quotes below it', () => {
    const stderr = [
      'psql:<stdin>:1: NOTICE:  role hunter2',
      'psql:<stdin>:1: ERROR:  syntax error at or near "FOO"',
      "LINE 1: CREATE ROLE app LOGIN PASSWORD 'hunter2' FOO;",
      '                                                 ^',
      'DETAIL:  Key (password)=(hunter2) is there.',
    ].join('\n')
    expect(scriptComplaints(stderr, script)).toBe('ERROR: syntax error at or near "…"')
  })

  it.each([
    `syntax error at or near "'hunter2'"`,
    'invalid input syntax for type integer: "zwei"',
    'invalid input syntax for type integer: "drei"',
    `unterminated dollar-quoted string at or near "$$drei;"`,
  ])('does not repeat a literal of the script: %s', said => {
    const told = scriptComplaints(`ERROR:  ${said}`, script)
    expect(told).toMatch(/"…"$/)
    expect(told).not.toMatch(/hunter2|zwei|drei/)
  })

  it('keeps the names of things', () => {
    expect(scriptComplaints('ERROR:  role "app" already exists', script)).toBe(
      'ERROR: role "app" already exists',
    )
  })
})

it('a script’s statements stay out of the server’s log, on every connection it opens', () => {
  expect(scriptCommand[0]).toBe('env')
  expect(scriptCommand[1]).toMatch(/^PGOPTIONS=.*-c log_min_error_statement=panic$/)
})
