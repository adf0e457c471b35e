import {spawnSync} from 'node:child_process'
import {describe, expect, it} from 'vitest'
import {makeDirectoriesCommand, patroniCommand, prepareCommand} from '../../../src/lib/postgres/startup.ts'

const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0
const commands = {
  prepareCommand: prepareCommand(17, true),
  patroniCommand: patroniCommand(17),
  makeDirectoriesCommand: makeDirectoriesCommand(['/a', '/b']),
}

describe('the scripts in the pods', () => {
  // Without the program nothing could be said of them; the machine that releases has it.
  it.skipIf(!hasShellcheck).each(Object.entries(commands))('%s passes shellcheck', (_, command) => {
    const {stdout, status} = spawnSync('shellcheck', ['--shell=bash', '-'], {
      input: command[2] ?? '',
      encoding: 'utf8',
    })
    expect([stdout, status]).toEqual(['', 0])
  })

  it.each(Object.entries(commands))(
    '%s holds nothing that Kubernetes would expand as a variable',
    (_, command) => {
      // Kubernetes reads `$$` as an escape and `$(NAME)` as one of the container's variables.
      expect(command.join('\n')).not.toMatch(/\$\$|\$\((?:PG|PATRONI)\w*\)/)
    },
  )

  it('tells the script of a WAL directory only when the WAL has a volume', () => {
    expect(prepareCommand(17, true).slice(-3)).toEqual(['17', '/pgdata/pg17', '/pgwal/pg17_wal'])
    expect(prepareCommand(16, false).slice(-3)).toEqual(['16', '/pgdata/pg16', ''])
  })
})
