import {describe, expect, it} from 'vitest'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {fetchingEverywhere} from '../../../src/lib/pgbackrest/fetching.ts'
import {type RestoreJobRequest, restoreView} from '../../../src/lib/render/restore-view.ts'
import {readCase} from '../render/cases.ts'

const sync = 'pgbackrest --no-archive-async --io-timeout=30 --stanza=db archive-get %f "%p"'

describe('recovery', () => {
  it('asks the set’s own repository first, and then all of them', () => {
    expect(fetchingEverywhere(['--repo=2', '--type=default'], 'db')).toEqual([
      '--repo=2',
      '--type=default',
      `--recovery-option=restore_command=pgbackrest --repo=2 --stanza=db archive-get %f "%p" || ${sync}`,
    ])
  })

  it('asks all of them where no repository was named', () => {
    expect(fetchingEverywhere([], 'main')).toEqual([
      '--recovery-option=restore_command=pgbackrest --stanza=main archive-get %f "%p"',
    ])
  })

  it('fetches as a manifest says, where it says how', () => {
    const options = ['--repo=1', '--recovery-option=restore_command=cp /wal/%f %p']
    expect(fetchingEverywhere(options, 'db')).toEqual(options)
  })

  it.each<RestoreJobRequest['mode']>(['restore', 'return', 'drill'])(
    'reads every repository in a Job that does a %s',
    mode => {
      const {command} = restoreView(withDefaults(readCase('default').document), {
        id: 'abcde',
        mode,
        instance: 'hippo-pg-1',
        set: 'pg',
        options: ['--repo=1'],
        ...(mode === 'drill' ? {drill: {name: 'd', lsn: undefined, database: 'app'}} : {}),
      })
      expect(command.at(-1)).toContain(`|| ${sync}`)
    },
  )
})
