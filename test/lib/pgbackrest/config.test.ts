import {describe, expect, it} from 'vitest'
import type {CompleteCluster} from '../../../src/lib/model/document.ts'
import {instanceConf, repoConf, scratchDirectories, serverConf} from '../../../src/lib/pgbackrest/config.ts'
import {backupSchedules} from '../../../src/lib/pgbackrest/schedules.ts'
import {readCase} from '../render/cases.ts'

const facts = {
  namespace: 'db',
  clusterDomain: 'cluster.local',
  runningInstances: ['hippo-pg-1', 'hippo-pg-3'],
}

/** An INI text as `section/key` to value; a key that stands twice is an error for pgBackRest. */
function options(text: string): Record<string, string> {
  const found: Record<string, string> = {}
  let section = ''
  for (const line of text.split('\n').filter(line => line !== '')) {
    const header = /^\[(.*)\]$/.exec(line)?.[1]
    if (header !== undefined) section = header
    else {
      const [key = '', ...value] = line.split('=')
      expect(found).not.toHaveProperty([`${section}/${key}`])
      found[`${section}/${key}`] = value.join('=')
    }
  }
  return found
}

const withGlobal = (
  {document}: {document: CompleteCluster},
  global: Record<string, string>,
): CompleteCluster => {
  const {pgbackrest} = document.spec.backups ?? {}
  if (pgbackrest === undefined) throw new Error('the case has no backups')
  return {...document, spec: {...document.spec, backups: {pgbackrest: {...pgbackrest, global}}}}
}

describe("pgBackRest's configuration", () => {
  const usual = readCase('default')

  it('lists only instances that run: one that does not would make every command wait', () => {
    const found = options(repoConf(usual.document, facts))
    expect(Object.entries(found).filter(([key]) => /pg\d+-host$/.test(key))).toEqual([
      ['db/pg1-host', 'hippo-pg-1-0.hippo-pods.db.svc.cluster.local'],
      ['db/pg2-host', 'hippo-pg-3-0.hippo-pods.db.svc.cluster.local'],
    ])
    expect(repoConf(usual.document, {...facts, runningInstances: []})).not.toContain('[db]')
  })

  it('expires backups unless the document says how', () => {
    expect(options(repoConf(usual.document, facts))['global/repo1-retention-full']).toBe('2')
    const own = withGlobal(usual, {'repo1-retention-full': '30', 'repo1-bundle': 'n', 'compress-type': 'zst'})
    expect(options(repoConf(own, facts))).toMatchObject({
      'global/repo1-retention-full': '30',
      'global/repo1-bundle': 'n',
      'global/compress-type': 'zst',
    })
  })

  it('says the same of an object store to instances and to Jobs, and no host is asked for it', () => {
    const repos = [
      {name: 'repo1', azure: {container: 'herd'}},
      {name: 'repo2', gcs: {bucket: 'flock'}},
      {name: 'repo3', s3: {bucket: 'pack', endpoint: 's3.example.com', region: 'eu-1'}},
    ]
    const {document} = usual
    const stored = {...document, spec: {...document.spec, backups: {pgbackrest: {repos}}}}
    for (const conf of [instanceConf(stored, facts), repoConf(stored, facts)]) {
      expect(options(conf)).toMatchObject({
        'global/repo1-type': 'azure',
        'global/repo1-azure-container': 'herd',
        'global/repo2-type': 'gcs',
        'global/repo2-gcs-bucket': 'flock',
        'global/repo3-type': 's3',
        'global/repo3-s3-bucket': 'pack',
        'global/repo3-s3-endpoint': 's3.example.com',
        'global/repo3-s3-region': 'eu-1',
      })
      expect(conf).not.toMatch(/repo\d-host/)
    }
    expect(options(repoConf(stored, facts))['global/io-timeout']).toBe('30')
  })

  it('does not let the document change how instances reach the repository', () => {
    const own = withGlobal(usual, {
      'repo1-host': 'elsewhere',
      'repo1-host-type': 'ssh',
      'spool-path': '/x',
      'repo1-path': '/mine',
    })
    expect(options(instanceConf(own, facts))).toMatchObject({
      'global/repo1-host': 'hippo-repo-host-0.hippo-pods.db.svc.cluster.local',
      'global/repo1-host-type': 'tls',
      'global/spool-path': '/pgdata/pgbackrest-spool',
      'global/repo1-path': '/mine',
    })
  })

  it('uses as many processes as the limits allow', () => {
    const {document} = readCase('two-sets')
    const unset = withGlobal({document}, {})
    expect(options(repoConf(unset, facts))['global/process-max']).toBe('4')
    expect(options(instanceConf(unset, facts))['global/process-max']).toBe('2')
    expect(options(instanceConf(usual.document, facts))).not.toHaveProperty(['global/process-max'])
  })

  it('keeps locks where repository host and Jobs both see them', () => {
    expect(scratchDirectories(usual.document)).toEqual(['/pgbackrest/repo1/lock', '/pgbackrest/repo1/log'])
    expect(scratchDirectories(readCase('s3').document)).toEqual([
      '/tmp/pgbackrest/lock',
      '/tmp/pgbackrest/log',
    ])
  })

  it('waits longer for an object store than for a pod', () => {
    expect(options(repoConf(usual.document, facts))['global/io-timeout']).toBe('10')
    expect(options(repoConf(readCase('s3').document, facts))['global/io-timeout']).toBe('30')
  })

  it('admits only the cluster’s own client, and only to its own stanza', () => {
    expect(options(serverConf(usual.document))['global/tls-server-auth']).toBe('pgbackrest@hippo=db')
  })
})

describe('schedules', () => {
  it('are one CronJob for each repository and type', () => {
    expect(backupSchedules(readCase('two-sets').document)).toEqual([
      {name: 'rhino-repo1-full', repo: 'repo1', type: 'full', cron: '0 1 * * 0', suspended: false},
      {name: 'rhino-repo1-diff', repo: 'repo1', type: 'diff', cron: '0 1 * * 1-6', suspended: false},
      {name: 'rhino-repo2-incr', repo: 'repo2', type: 'incr', cron: '30 * * * *', suspended: false},
    ])
    expect(backupSchedules(readCase('no-backups').document)).toEqual([])
  })
})
