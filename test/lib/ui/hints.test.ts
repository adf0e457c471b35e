import {existsSync, globSync, readFileSync} from 'node:fs'
import {expect, it} from 'vitest'

const sources = globSync('src/{commands,lib}/**/*.ts').filter(file => !file.includes('/sandbox/'))
/** A command line inside a text: after a colon or a pipe, or with nothing before it. */
const commandLine = /(?:['"`]|: |\| )pgk ([a-z]+(?: [a-z]+)*)/g

/** `backup schedule set hippo` and `status`: they begin with a command. */
function isCommand(words: string): boolean {
  const [first = '', second = ''] = words.split(' ')
  return [first, `${first}/index`, `${first}/${second}`].some(id => existsSync(`src/commands/${id}.ts`))
}

const withoutComments = (source: string): string => source.replace(/^ *(\/?\*|\/\/).*$/gm, '')

/** Sentences about pgk itself, which only look like a command line. */
const sentence = / (?:acts|reads|issues|takes|writes|hands|no longer|leaves|looks|decides|connects|is|may)\b/

it('names no command that there is not', () => {
  const named = sources.flatMap(file =>
    [...withoutComments(readFileSync(file, 'utf8')).matchAll(commandLine)]
      .map(([, words = '']) => words)
      .filter(words => !sentence.test(` ${words}`))
      .map(words => ({file, words})),
  )
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter(({words}) => !isCommand(words))).toEqual([])
})
