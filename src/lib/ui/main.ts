import {readFileSync} from 'node:fs'
import path from 'node:path'
import {Config} from '@oclif/core/config'
import {run} from '@oclif/core/run'
import type {Known} from './failure.ts'

export interface MainOptions {
  /** The folder of package.json. */
  root: string
  /** Runs the TypeScript sources instead of what was built. */
  development?: boolean
}

function loadOptions({root, development = false}: MainOptions) {
  if (!development) return {root}
  const pjson = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  return {root, ignoreManifest: true, pjson: {...pjson, oclif: {...pjson.oclif, commands: './src/commands'}}}
}

/** Whether a JSON error was asked for. The flags themselves may be what is wrong, so they are looked for. */
export function wantsJson(argv: readonly string[], environment: NodeJS.ProcessEnv): boolean {
  const end = argv.indexOf('--')
  const own = end === -1 ? argv : argv.slice(0, end)
  if (own.some(word => ['--json', '-o=json', '-ojson', '--output=json'].includes(word))) return true
  const flag = own.findIndex(word => word === '-o' || word === '--output')
  return flag === -1 ? environment['PGK_OUTPUT'] === 'json' : own[flag + 1] === 'json'
}

async function known(options: MainOptions, argv: readonly string[]): Promise<Known> {
  const config = await Config.load(loadOptions(options))
  const words = argv.filter(word => !word.startsWith('-'))
  const command = words
    .map((_, index) => config.findCommand(words.slice(0, index + 1).join(':')))
    .findLast(found => found !== undefined)
  return {
    commands: config.commands.filter(one => !one.hidden).map(one => one.id.replaceAll(':', ' ')),
    flags: Object.keys({...(command?.baseFlags ?? {}), ...(command?.flags ?? {})}),
  }
}

const exitOf = (error: unknown): number | undefined => {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIT' || !('oclif' in error))
    return undefined
  const {oclif} = error
  if (typeof oclif !== 'object' || oclif === null || !('exit' in oclif)) return undefined
  return typeof oclif.exit === 'number' ? oclif.exit : undefined
}

/** `pgk help create cluster` is another word for `pgk create cluster --help`. */
const asFlag = (argv: string[]): string[] => (argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv)

/** Runs a command line and tells what went wrong. Gives the exit code. */
export async function main(argv: string[], options: MainOptions): Promise<number> {
  // `pgk … 2>&1 | head` closes the pipe: what cannot be told is not told, and the work goes on.
  process.stderr.on('error', () => undefined)
  try {
    await run(asFlag(argv), loadOptions(options))
    return 0
  } catch (error) {
    const exit = exitOf(error)
    if (exit !== undefined) return exit
    return tell(error, argv, await known(options, argv))
  }
}

async function tell(error: unknown, argv: readonly string[], about: Known): Promise<number> {
  const {asPgkError, failureJson, failureText, stacksOf} = await import('./failure.ts')
  const {colourOf} = await import('./terminal.ts')
  const {env: environment, stderr} = process
  const failure = asPgkError(error, about)
  const colour = colourOf(stderr, environment, argv.includes('--no-color'))
  stderr.write(wantsJson(argv, environment) ? failureJson(failure) : failureText(failure, colour))
  if (environment['DEBUG']) stderr.write(stacksOf(error))
  return failure.exitCode
}
