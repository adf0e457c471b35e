import {spawnSync} from 'node:child_process'
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {restoreCommand} from '../../../src/lib/pgbackrest/restore-script.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgk-restore-'))
  mkdirSync(join(folder, 'bin'))
  mkdirSync(join(folder, 'pgdata'))
  const tool = (name: string, body: string): void => {
    writeFileSync(join(folder, 'bin', name), `#!/bin/bash\n${body}\n`)
    chmodSync(join(folder, 'bin', name), 0o755)
  }
  // Each is one step on disk; the script is killed before or after the step of the given number.
  for (const name of ['mv', 'rm', 'sync']) {
    const step = `count=$(( $(cat ${folder}/count 2>/dev/null || echo 0) + 1 )); echo $count > ${folder}/count
[ "$KILL" != "before $count" ] || { kill -9 $PPID; exit; }
${name === 'sync' ? 'true' : `/bin/${name} "$@"`}
[ "$KILL" != "after $count" ] || kill -9 $PPID`
    tool(name, step)
  }
  tool('pg_controldata', 'echo "Database cluster state:               $STATE"')
  const pushes = `case "$*" in archive-push*) echo "$*" >> ${folder}/pushed; exit "$PUSH";; esac`
  const spoils = `/bin/mkdir -p ${folder}/pgdata/pg17; echo damaged > ${folder}/pgdata/pg17/WHAT; exit 77`
  tool('pgbackrest', `${pushes}\necho "$*" >> ${folder}/restored\n${spoils}`)
  tool('nproc', 'echo 16')
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

const place = (name: string): string => join(folder, 'pgdata', name)
function directory(name: string, content: string): void {
  mkdirSync(place(name))
  writeFileSync(join(place(name), 'PG_VERSION'), '17')
  writeFileSync(join(place(name), 'WHAT'), content)
}
const what = (name: string): string | undefined =>
  existsSync(join(place(name), 'WHAT')) ? readFileSync(join(place(name), 'WHAT'), 'utf8').trim() : undefined

/** Runs the real script, its paths moved, and gives its exit code; null when it was killed. */
function run(
  mode: 'restore' | 'return',
  kill = '',
  more: {lsn?: string; state?: string; push?: string; options?: string[]; processes?: string} = {},
) {
  rmSync(join(folder, 'count'), {force: true})
  const command = restoreCommand({
    mode,
    id: 'new',
    mustKeep: true,
    postgresVersion: 17,
    stanza: 'db',
    dataDirectory: '/pgdata/pg17',
    walDirectory: '',
    lsn: more.lsn,
    options: more.options ?? [],
  })
  const [file = '', ...args] = command.map(word => word.replaceAll('/pgdata', join(folder, 'pgdata')))
  const env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    KILL: kill,
    STATE: more.state ?? 'shut down',
    PUSH: more.push ?? '0',
    PGBACKREST_PROCESS_MAX: more.processes ?? '',
  }
  return spawnSync(file, args, {env, encoding: 'utf8'}).status
}

const moments = Array.from({length: 8}, (_, index) => [`before ${index + 1}`, `after ${index + 1}`]).flat()

describe('the restore script, killed', () => {
  it.each(moments)('%s step while it brings back what was kept aside, ends with that', moment => {
    directory('pg17', 'half restored')
    directory('pg17_before_new', 'present')
    writeFileSync(place('pgk-restore'), 'new\n')
    run('return', moment)
    expect(run('return')).toBe(0)
    expect([what('pg17_bootstrap'), what('pg17')]).toEqual(['present', undefined])
    expect(run('return')).toBe(0)
    expect(what('pg17_bootstrap')).toBe('present')
  })

  it.each(moments)('%s step while it hands back what it never touched, ends with that', moment => {
    directory('pg17', 'present')
    writeFileSync(place('pgk-restore'), 'old\n')
    run('return', moment)
    expect(run('return')).toBe(0)
    expect([what('pg17_bootstrap'), what('pg17')]).toEqual(['present', undefined])
  })

  it.each(moments)('%s step of a restore, keeps the present data, and a return brings it back', moment => {
    directory('pg17', 'present')
    run('restore', moment)
    run('restore')
    expect(run('return')).toBe(0)
    expect(what('pg17_bootstrap')).toBe('present')
  })

  it('takes nothing that an older operation kept for its own', () => {
    directory('pg17', 'present')
    directory('pg17_before_old', 'ancient')
    writeFileSync(place('pgk-restore'), 'old\n')
    expect(run('return')).toBe(0)
    expect(what('pg17_bootstrap')).toBe('present')
  })

  const full = (): void => {
    writeFileSync(join(folder, 'bin', 'df'), '#!/bin/bash\nprintf "Filesystem\\nx 1 1 0 1 /\\n"\n')
    chmodSync(join(folder, 'bin', 'df'), 0o755)
  }

  it('needs no room on a new volume, nor to try again what it began there', () => {
    full()
    expect([run('restore'), what('pg17')]).toEqual([77, 'damaged'])
    writeFileSync(join(place('pg17'), 'PG_VERSION'), '17')
    expect(run('restore')).toBe(77)
  })

  it('touches nothing when what must be kept finds no room', () => {
    directory('pg17', 'present')
    full()
    expect(run('restore')).toBe(3)
    expect(what('pg17')).toBe('present')
    expect(run('return')).toBe(0)
    expect(what('pg17_bootstrap')).toBe('present')
  })

  describe('to the end of the archive', () => {
    const ready = (name: string): string => join(place('pg17'), 'pg_wal/archive_status', `${name}.ready`)
    beforeEach(() => {
      directory('pg17', 'present')
      mkdirSync(join(place('pg17'), 'pg_wal/archive_status'), {recursive: true})
      writeFileSync(ready('000000010000000000000007'), '')
    })
    const lsn = '0/6000028'

    it('archives first what the archiver had no time for', () => {
      run('restore', '', {lsn})
      expect(readFileSync(join(folder, 'pushed'), 'utf8')).toMatch(/pg_wal\/000000010000000000000007$/m)
      expect(
        existsSync(join(place('pg17_before_new'), 'pg_wal/archive_status/000000010000000000000007.done')),
      ).toBe(true)
    })

    it.each([
      ['the rest cannot be archived', {lsn, push: '1'}],
      ['the database was not shut down cleanly', {lsn, state: 'in production'}],
    ])('touches nothing when %s', (_, more) => {
      expect(run('restore', '', more)).toBe(3)
      expect([what('pg17'), what('pg17_before_new')]).toEqual(['present', undefined])
      expect(run('return', '', more)).toBe(0)
      expect(what('pg17_bootstrap')).toBe('present')
    })

    it('goes on with a moment of the past although the rest cannot be archived', () => {
      run('restore', '', {push: '1', state: 'in production'})
      expect(what('pg17_before_new')).toBe('present')
    })
  })
})

it.each<[string, {options?: string[]; processes?: string}, string[]]>([
  ['one a processor, at most four', {}, ['--process-max=4']],
  ['what its options say', {options: ['--process-max=3']}, ['--process-max=3']],
  ['what its environment says', {processes: '1'}, []],
])('the restore script copies with as many processes as %s', (_, more, expected) => {
  directory('pg17', 'present')
  expect(run('restore', '', more)).toBe(77)
  const said = readFileSync(join(folder, 'restored'), 'utf8')
  expect(said.match(/--process-max=\d+/g) ?? []).toEqual(expected)
})
