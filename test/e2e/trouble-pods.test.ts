import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {createNamespace, deleteNamespace, pgk} from './support/commands.ts'
import {manifest, postgresImage, remains, volumeRepo} from './support/manifest.ts'

describe('a cluster whose pods can never run', () => {
  let namespace = ''
  beforeAll(async () => {
    namespace = await createNamespace('pods')
  })
  afterAll(() => deleteNamespace(namespace))
  const create = (spec: Record<string, unknown>) =>
    pgk(['create', 'cluster', '-f', '-', '-n', namespace], {stdin: manifest({spec})})

  it('for want of the image fails soon, names it, and leaves nothing', async () => {
    const image = 'localhost/no-such-image:1'
    const backups = {pgbackrest: {repos: [volumeRepo('repo1')]}}
    const outcome = await create({image, backups})
    expect(outcome.code).toBe(5)
    expect(outcome.stderr).toMatch(/^Error: the image cannot be pulled \(PGK_IMAGE_UNAVAILABLE\)$/m)
    expect(outcome.stderr).toMatch(/Object: pod hippo-/)
    expect(outcome.stderr).toMatch(new RegExp(`Reason: image ${image}`))
    expect(outcome.stderr).toMatch(/Next: .*--image/)
    expect(outcome.stderr).toMatch(/Nothing is left of this attempt/)
    expect(outcome.seconds).toBeLessThan(60)
    expect(await remains(namespace)).toEqual([])
  })

  it('for an image of another Postgres fails soon, names both, and leaves nothing', async () => {
    const outcome = await create({image: postgresImage(), postgresVersion: 16})
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toMatch(/^Error: a pod cannot start \(PGK_POD_CANNOT_START\)$/m)
    expect(outcome.stderr).toMatch(/Reason: the image holds PostgreSQL 17, the cluster is PostgreSQL 16/)
    expect(outcome.stderr).toMatch(/Next: .*Correct the image/)
    expect(outcome.seconds).toBeLessThan(60)
    expect(await remains(namespace)).toEqual([])
  })

  it('can be created under the same name once the mistake is mended', async () => {
    const outcome = await create({})
    expect(outcome.code).toBe(0)
    expect(outcome.stdout).toMatch(/hippo-pg-1 +leader/)
    await pgk(['delete', 'cluster', 'hippo', '-n', namespace, '--purge', '--confirm', 'hippo'])
    expect(await remains(namespace)).toEqual([])
  })
})
