/** A role of the document, with what lets it log in. */
export interface Login {
  name: string
  /** The SCRAM-SHA-256 verifier; Postgres never sees the password. */
  verifier: string
  databases: readonly string[]
  /** Role options as in `ALTER ROLE`: `CREATEDB CREATEROLE`. */
  options: string
}

/** A text literal; psql and Postgres take no backslash in it for anything else. */
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A JSON literal of rows for `json_to_recordset`. */
const rows = (entries: readonly object[]): string => `${literal(JSON.stringify(entries))}::json`

/**
 * The superuser's session writes no statement into a log, since they hold verifiers, and finds nothing
 * but `pg_catalog` by unqualified names.
 */
const preamble = [
  '\\set ON_ERROR_STOP on',
  'SET standard_conforming_strings = on;',
  "SET log_statement = 'none';",
  'SET log_min_duration_statement = -1;',
  "SET log_min_error_statement = 'panic';",
  "SET pgaudit.log = 'none';",
  "SET search_path = '';",
  "SET application_name = 'pgk';",
].join('\n')

/**
 * psql's `\connect`, changing only the database. The name passes three readers: psql's quotes, the quotes
 * of an SQL identifier (which psql removes from any argument of this command), and libpq's.
 */
function connectTo(database: string): string {
  const escaped = (text: string): string => text.replace(/[\\']/g, '\\$&')
  const target = `dbname='${escaped(database)}'`.replaceAll('"', '""""')
  return `\\connect -reuse-previous=on '${escaped(target)}'`
}

const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort()

/** A psql script that creates the databases that are missing, and drops none. */
export const databasesScript = (databases: readonly string[]): string =>
  [
    preamble,
    `SELECT pg_catalog.format('CREATE DATABASE %I', wanted.name)
  FROM pg_catalog.json_to_recordset(${rows(distinct(databases).map(name => ({name})))}) AS wanted(name text)
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = wanted.name)
\\gexec`,
    '',
  ].join('\n')

/** Since Postgres 15 only the owner of a database may create in its schema `public`. */
function grantInDatabase(database: string, roles: readonly string[]): string {
  return `${connectTo(database)}
SET search_path = '';
SELECT pg_catalog.format('GRANT USAGE, CREATE ON SCHEMA public TO %I', wanted.name)
  FROM pg_catalog.json_to_recordset(${rows(roles.map(name => ({name})))}) AS wanted(name text)
 WHERE EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public')
\\gexec`
}

/**
 * A psql script for a superuser at the leader: creates the roles that are missing, sets the options and
 * verifiers of all, and lets each work in its databases, which must exist. It drops nothing, and running it
 * again changes nothing. It is to be given on stdin only: it holds verifiers.
 */
export function usersScript(logins: readonly Login[]): string {
  const entries = logins.map(({name, verifier, options}) => ({name, verifier, options}))
  const granted = logins.filter(({name}) => name !== 'postgres')
  const grants = granted.flatMap(({name, databases}) => databases.map(database => ({name, database})))
  const databases = distinct(grants.map(({database}) => database))
  const roles = (database: string): string[] =>
    distinct(grants.filter(grant => grant.database === database).map(({name}) => name))
  return [
    preamble,
    'BEGIN;',
    `CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
SELECT * FROM pg_catalog.json_to_recordset(${rows(entries)}) AS entry(name text, verifier text, options text);`,
    `SELECT pg_catalog.format('CREATE ROLE %I LOGIN', name) FROM pg_temp.wanted
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name)
\\gexec`,
    `SELECT pg_catalog.format('ALTER ROLE %I WITH %s PASSWORD %L', name, options, verifier) FROM pg_temp.wanted
\\gexec`,
    `SELECT pg_catalog.format('GRANT ALL PRIVILEGES ON DATABASE %I TO %I', database, name)
  FROM pg_catalog.json_to_recordset(${rows(grants)}) AS entry(name text, database text)
\\gexec`,
    'COMMIT;',
    ...databases.map(database => grantInDatabase(database, roles(database))),
    '',
  ].join('\n')
}
