import {createHash} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {Type} from 'typebox'
import {Compile} from 'typebox/compile'
import {failedError} from '../../errors.ts'

const Line = Type.String({minLength: 1, pattern: '^[^\\n]+$'})

const RecipeShape = Type.Object(
  {
    name: Type.String({pattern: '^[a-z0-9.-]+/[a-z0-9._/-]+:[A-Za-z0-9._-]+$'}),
    suite: Type.String({pattern: '^[a-z]+$'}),
    packages: Type.Array(Type.String({pattern: '^[a-z0-9][a-z0-9.+-]*$'}), {minItems: 1}),
    exclude: Type.Array(Type.String({pattern: '^/[^ \\n]*$'})),
    user: Type.Object({
      name: Type.String({pattern: '^[a-z]+$'}),
      uid: Type.Integer({minimum: 1, maximum: 65_533}),
      home: Type.String({pattern: '^/[a-z/]+$'}),
    }),
    before: Type.Array(Line),
    after: Type.Array(Line),
    env: Type.Record(Type.String(), Type.String()),
  },
  {additionalProperties: false},
)

/**
 * How one image is made of Debian packages. `exclude` are dpkg path rules, `before` and `after` shell lines
 * run inside the new root, before and after the packages are installed. The user's group has the same number.
 */
export type Recipe = Type.Static<typeof RecipeShape>

const schema = Compile(RecipeShape)

/** The folder of the recipes, in the source tree and in the installed package alike. */
export const imagesFolder = new URL('../../../../templates/images/', import.meta.url)

export async function readRecipe(name: string): Promise<Recipe> {
  const file = new URL(`${name}/recipe.json`, imagesFolder)
  const value: unknown = JSON.parse(await readFile(file, 'utf8'))
  if (schema.Check(value)) return value
  throw failedError('IMAGE_RECIPE_INVALID', `the recipe of image ${name} is invalid`, {object: file.pathname})
}

/** Names what an image is made of, for the cache: the same parts give the same name. */
export function contentHash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)
}
