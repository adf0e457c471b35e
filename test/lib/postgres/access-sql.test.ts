import {describe, expect, it} from 'vitest'
import {databasesScript, usersScript} from '../../../src/lib/postgres/access-sql.ts'

const verifier = 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy'
const hostile = `o'; drop table x; -- "\\" :name`

/** The rows that a script hands to Postgres, unquoted as Postgres would. */
const rows = (script: string): unknown[] =>
  [...script.matchAll(/json_to_recordset\('((?:[^']|'')*)'::json\)/g)].map(match =>
    JSON.parse((match[1] ?? '').replaceAll("''", "'")),
  )

describe('the script that creates databases', () => {
  it('names each once, as data', () => {
    const script = databasesScript(['b', hostile, 'b'])
    expect(rows(script)).toEqual([[{name: 'b'}, {name: hostile}]])
    expect(script).not.toMatch(/^\s*DROP/im)
  })
})

describe('the script that creates users', () => {
  const logins = [
    {name: 'hippo', verifier, databases: ['hippo', hostile], options: 'CREATEDB'},
    {name: 'postgres', verifier, databases: ['hippo'], options: ''},
  ]
  const script = usersScript(logins)

  it('hands names, options and verifiers over as data', () => {
    const [entries, grants] = rows(script)
    expect(entries).toEqual(logins.map(({name, verifier, options}) => ({name, verifier, options})))
    expect(grants).toEqual([
      {name: 'hippo', database: 'hippo'},
      {name: 'hippo', database: hostile},
    ])
  })

  it('keeps verifiers out of the logs before it names one', () => {
    const quiet = [
      "SET log_statement = 'none'",
      'SET log_min_duration_statement = -1',
      "SET pgaudit.log = 'none'",
    ]
    for (const setting of quiet) expect(script.indexOf(setting)).toBeLessThan(script.indexOf(verifier))
    expect(quiet.every(setting => script.includes(setting))).toBe(true)
  })

  it('enters each database by its exact name', () => {
    // As psql, the identifier quotes it strips, and libpq read it, from the outside in.
    const targets = [...script.matchAll(/^\\connect -reuse-previous=on '(.*)'$/gm)].map(match => {
      const argument = (match[1] ?? '').replace(/\\(.)/g, '$1').replaceAll('""""', '"')
      return /^dbname='(.*)'$/.exec(argument)?.[1]?.replace(/\\(.)/g, '$1')
    })
    expect(targets).toEqual(['hippo', hostile])
  })

  it('grants the superuser nothing', () => {
    expect(JSON.stringify(rows(script).slice(1))).not.toContain('postgres')
  })
})
