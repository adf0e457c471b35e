/** No statement of the session gets into the server's log: SQL that others wrote may hold passwords. */
const silent = ['log_statement=none', 'log_min_duration_statement=-1', 'log_min_error_statement=panic']

/** psql that runs a script from stdin, also where it connects elsewhere, as the superuser of the pod. */
export const scriptCommand = ['env', `PGOPTIONS=${silent.map(setting => `-c ${setting}`).join(' ')}`].concat([
  'psql',
  '-X',
  '-q',
  '-v',
  'ON_ERROR_STOP=1',
  '-v',
  'VERBOSITY=terse',
  '-d',
  'postgres',
  '-f',
  '-',
])

/** `psql:<stdin>:3: ERROR:  …`, and what psql says of the connection itself. */
const complaint = /(?:^|: )((?:ERROR|FATAL|PANIC|psql: error):\s.*)$/

/** A word of the message that is, or may be a part of, a literal of the script. */
const isLiteral = (word: string, script: string): boolean =>
  /['$]/.test(word) || script.includes(`'${word}'`) || script.includes(`$${word}$`)

/** Where Postgres names the place of a mistake, the word there may be a password that lacks its quotes. */
const place = /\b(at or near) "[^"]*"/g

/**
 * What went wrong in a script, without its text: psql quotes the line at fault, and Postgres the value, and
 * either may be a password.
 */
export function scriptComplaints(stderr: string, script: string): string {
  const found = stderr.split('\n').flatMap(line => complaint.exec(line.trim())?.[1] ?? [])
  const shown = found.map(line =>
    line
      .replace(/"([^"]*)"/g, (whole, word: string) => (isLiteral(word, script) ? '"…"' : whole))
      .replace(place, '$1 "…"')
      .replace(/\s+/g, ' '),
  )
  return shown.slice(-3).join(' / ') || 'psql said nothing of it'
}
