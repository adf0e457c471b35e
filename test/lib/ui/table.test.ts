import {Chalk} from 'chalk'
import {describe, expect, it} from 'vitest'
import {report} from '../../../src/lib/observe/report.ts'
import {backupListViews} from '../../../src/lib/ui/backup-view.ts'
import {listViews} from '../../../src/lib/ui/list-view.ts'
import {type Column, tableText, wrapped} from '../../../src/lib/ui/table.ts'
import {observed} from '../../fakes/observed.ts'

const plain = new Chalk({level: 0})
const columns: Column<string>[] = [
  {title: 'NAME', value: row => row},
  {title: 'NODE', value: () => 'node-with-a-long-name', spare: 1},
  {title: 'ZONE', value: () => 'zone-a', spare: 2},
]

describe('a table on a narrow terminal', () => {
  it('leaves out what can be spared, the most dispensable first', () => {
    expect(tableText(columns, ['hippo'], plain, 80)).toMatch(/NAME +NODE +ZONE/)
    expect(tableText(columns, ['hippo'], plain, 30)).toMatch(/^NAME +NODE\n/)
    expect(tableText(columns, ['hippo'], plain, 10)).toBe('NAME\nhippo\n')
  })

  it('never leaves out the rest, however narrow', () => {
    expect(tableText(columns, ['hippo'], plain, 2)).toBe('NAME\nhippo\n')
  })

  it('is whole in a pipe, and colours take no width', () => {
    expect(tableText(columns, ['hippo'], plain)).toMatch(/ZONE/)
    const colour = new Chalk({level: 1})
    expect(tableText(columns, ['hippo'], colour, 36)).toContain('ZONE')
  })
})

describe('what is listed on a terminal of 60 columns', () => {
  const widest = (text: string): number => Math.max(...text.split('\n').map(line => line.length))
  const wanted = {
    postgresVersion: 17,
    port: 5432,
    paused: false,
    shutdown: false,
    wantedInstances: 2,
    wantsBackups: true,
    operation: {
      id: 'a',
      kind: 'restore',
      phase: 'safeguard',
      startedAt: '2026-01-01T00:00:00Z',
      target: '--latest',
    },
  }
  const item = report(observed({}), wanted, 'not-asked', new Map())

  it('clusters keep one line each, with their verdict', () => {
    const views = listViews({apiVersion: 'pgk/v1', kind: 'ClusterList', items: [item]}, true)
    for (const view of [views.table, views.wide]) {
      const text = view?.(plain, 60) ?? ''
      expect(widest(text)).toBeLessThanOrEqual(60)
      expect(text).toMatch(/hippo +warning/)
    }
    expect(widest(views.table(plain))).toBeGreaterThan(60)
  })

  it('backups keep one line each, with their label and state', () => {
    const backup = {
      apiVersion: 'pgk/v1',
      kind: 'Backup',
      lsnStart: null,
      lsnStop: null,
      label: '20261123-081941F_20261124-081941I',
      type: 'incr',
      repo: 'repo1',
      startedAt: '2026-01-01T00:00:00.000Z',
      finishedAt: '2026-01-01T00:01:00.000Z',
      durationSeconds: 60,
      sizeBytes: 1e9,
      deltaBytes: 1e6,
      repoSizeBytes: 1e8,
      timeline: 1,
      walStart: '000000010000000000000004',
      walStop: '000000010000000000000005',
      references: ['20261123-081941F'],
      annotations: {},
      error: null,
      verified: null,
    } as const
    const found = {
      apiVersion: 'pgk/v1',
      kind: 'BackupList',
      metadata: {name: 'hippo', namespace: 'db'},
      items: [backup],
      problems: [],
    } as const
    const views = backupListViews(found, new Date('2026-01-02T00:00:00Z'))
    for (const view of [views.table, views.wide]) {
      const text = view?.(plain, 60) ?? ''
      expect(widest(text)).toBeLessThanOrEqual(60)
      expect(text).toMatch(/20261123-081941F_20261124-081941I .*ok$/m)
    }
  })
})

describe('a long line', () => {
  const line = '  Window    2026-11-23 08:19:42 UTC to 2026-11-23 08:19:45 UTC, going on'

  it('breaks between words and goes on below its text', () => {
    const lines = wrapped(line, 40, 12)
    expect(lines).toEqual([
      '  Window    2026-11-23 08:19:42 UTC to',
      '            2026-11-23 08:19:45 UTC,',
      '            going on',
    ])
    expect(wrapped(line, 80, 12)).toEqual([line])
  })

  it('keeps a word whole that is wider than the terminal', () => {
    expect(wrapped('  Primary   hippo-primary.db.svc:5432', 20, 12)).toEqual([
      '  Primary   hippo-primary.db.svc:5432',
    ])
  })
})
