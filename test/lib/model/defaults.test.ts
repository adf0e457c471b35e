import {describe, expect, test} from 'vitest'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {resolveImages, versionsWithImage} from '../../../src/lib/model/images.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import {LARGE, SMALL} from './manifests.ts'

const small = parseDocument(SMALL, 'small')
const large = parseDocument(LARGE, 'large')

describe('defaults', () => {
  test('are PGO’s', () => {
    expect(withDefaults(small).spec).toMatchObject({
      port: 5432,
      paused: false,
      shutdown: false,
      instances: [{name: '00', replicas: 1, minAvailable: 0}],
      users: [{name: 'hippo', databases: ['hippo']}],
      patroni: {leaderLeaseDurationSeconds: 30, syncPeriodSeconds: 10, port: 8008},
    })
  })

  test('change nothing that was written', () => {
    const {instances, patroni, users, port} = withDefaults(large).spec
    expect([instances[0]?.name, instances[1]?.minAvailable, port]).toEqual(['fast', '50%', 5433])
    expect(patroni).toMatchObject({...large.spec.patroni, port: 8008})
    expect(users).toEqual(large.spec.users)
  })

  test('an empty list of users stays empty', () => {
    expect(withDefaults({...small, spec: {...small.spec, users: []}}).spec.users).toEqual([])
  })

  test('are filled in once', () => {
    expect(withDefaults(withDefaults(large))).toEqual(withDefaults(large))
  })
})

describe('images', () => {
  test('the document’s own image serves every component', () => {
    expect(resolveImages(large)).toEqual({
      postgres: 'registry.example.com/postgres:16.11',
      pgbackrest: 'registry.example.com/postgres:16.11',
    })
  })

  test('without one the table decides, and the environment before the table', () => {
    expect(resolveImages(small)?.postgres).toMatch(/crunchy-postgres:ubi9-17\./)
    const overrides = {RELATED_IMAGE_POSTGRES_17: 'own:17', RELATED_IMAGE_PGBACKREST: 'own-pgbackrest:1'}
    expect(resolveImages(small, overrides)).toEqual({postgres: 'own:17', pgbackrest: 'own-pgbackrest:1'})
    expect(resolveImages(small, {RELATED_IMAGE_POSTGRES_17: ''})).toEqual(resolveImages(small))
  })

  test('a version without an image is known to have none', () => {
    expect(resolveImages({spec: {...small.spec, postgresVersion: 12}})).toBeUndefined()
    expect(versionsWithImage({RELATED_IMAGE_POSTGRES_12: 'own:12'})).toEqual([12, 16, 17, 18])
  })
})
