import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import {contentHash, imagesFolder, readRecipe} from '../../../../src/lib/sandbox/image/recipe.ts'
import {lastComplaint, mmdebstrapArgs} from '../../../../src/lib/sandbox/image/rootfs.ts'

const recipe = await readRecipe('postgres')
const request = {recipe, architecture: 'amd64', mirror: 'http://mirror.example/debian'}

describe('the recipe of the Postgres image', () => {
  test('names what every part of a cluster runs', () => {
    for (const name of [
      'postgresql-17',
      'patroni',
      'pgbackrest',
      'pgbouncer',
      'prometheus-postgres-exporter',
    ])
      expect(recipe.packages).toContain(name)
    expect(recipe.user).toMatchObject({name: 'postgres', uid: 26})
  })

  test('installs the same packages as the Containerfile', () => {
    const text = readFileSync(new URL('postgres/Containerfile', imagesFolder), 'utf8')
    const block = /install[^\n]*\\\n([\s\S]*?)&&/.exec(text)?.[1] ?? ''
    const names = block.replaceAll('\\', ' ').split(/\s+/).filter(Boolean)
    expect(names.sort()).toEqual([...recipe.packages].sort())
  })

  test('gets another cache entry when anything in it changes', () => {
    const changed = {...recipe, exclude: [...recipe.exclude, '/usr/games/*']}
    expect(contentHash([changed])).not.toBe(contentHash([recipe]))
    expect(contentHash([structuredClone(recipe)])).toBe(contentHash([recipe]))
  })

  test('gives the user its number before the packages are unpacked', () => {
    const args = mmdebstrapArgs(request)
    const hook = args.find(arg => arg.startsWith('--essential-hook=') && arg.includes('postgres:x:26:26:'))
    expect(hook).toBeDefined()
  })

  test('quotes a line with quotes so that the shell inside sees it unchanged', () => {
    const quoted = {...recipe, after: ["echo 'a b' > /x"], before: []}
    expect(mmdebstrapArgs({...request, recipe: quoted})).toContain(
      `--customize-hook=chroot "$1" sh -ec 'echo '\\''a b'\\'' > /x'`,
    )
  })
})

test('a failed build is explained by what failed first, not by who noticed last', () => {
  const stderr = [
    'Setting up prometheus (2.53.3+ds1-2) ...',
    "fatal: The user `prometheus' already exists, but is not a system user. Exiting.",
    'dpkg: error processing package prometheus (--configure):',
    'E: Sub-process env returned an error code (1)',
    'E: setup failed: E: apt-get -o Dir::Bin::dpkg=env failed',
    'E: mmdebstrap failed to run',
  ].join('\n')
  expect(lastComplaint(stderr).split('\n')).toEqual([
    "fatal: The user `prometheus' already exists, but is not a system user. Exiting.",
    'dpkg: error processing package prometheus (--configure):',
    'E: Sub-process env returned an error code (1)',
  ])
  expect(lastComplaint('something\nodd\n')).toBe('something\nodd')
})
