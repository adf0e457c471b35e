/** Seconds that a repository other than the set's own may keep recovery waiting. */
const patience = 30

const fetch = (stanza: string, options: readonly string[]): string =>
  ['pgbackrest', ...options, `--stanza=${stanza}`, 'archive-get %f "%p"'].join(' ')

const isOwn = (option: string): boolean => option.startsWith('--repo=')
const isGiven = (option: string): boolean => /^--recovery-option=restore_command\b/.test(option)

/**
 * Options of `pgbackrest restore` whose recovery takes WAL from every repository. By itself pgBackRest would
 * make recovery read the set's own and no other. That one is asked first, so that another one which is gone
 * costs time only where the own lacks a file; the second question must not meet what the first left in the spool.
 */
export function fetchingEverywhere(options: readonly string[], stanza: string): string[] {
  const own = options.filter(isOwn)
  if (options.some(isGiven)) return [...options]
  const everywhere = fetch(stanza, ['--no-archive-async', `--io-timeout=${patience}`])
  const command = own.length === 0 ? fetch(stanza, []) : `${fetch(stanza, own)} || ${everywhere}`
  return [...options, `--recovery-option=restore_command=${command}`]
}
