import {readFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {DEFAULT_IMAGES, DEFAULT_POSTGRES_VERSION} from '../../../src/lib/model/images.ts'

const aliases: unknown = JSON.parse(readFileSync('templates/images/aliases.json', 'utf8'))

describe('the sandbox’s image aliases', () => {
  it('let the same command line work on the sandbox: the default image resolves to the built one', () => {
    const wanted = DEFAULT_IMAGES[`RELATED_IMAGE_POSTGRES_${DEFAULT_POSTGRES_VERSION}`]
    expect(Object.values(Object(aliases)).flat()).toContain(wanted)
  })
})
