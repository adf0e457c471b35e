import {Readable} from 'node:stream'
import type {Config} from '@oclif/core'
import {Config as OclifConfig} from '@oclif/core/config'
import {asPgkError, failureText} from '../../src/lib/ui/failure.ts'
import {colourOf} from '../../src/lib/ui/terminal.ts'
import type {World} from '../../src/lib/ui/world.ts'
import type {Deps} from '../../src/lib/wire.ts'
import {fakeClock} from './clock.ts'

interface Runnable {
  launch(): Promise<unknown>
}
type CommandClass = new (argv: string[], config: Config, world: World) => Runnable

export interface CommandOptions {
  deps: Deps
  /** Answers of a person, in order; without any there is no terminal. */
  answers?: (string | boolean)[]
  stdin?: string
  files?: Record<string, string>
  environment?: NodeJS.ProcessEnv
  /** Presses Ctrl-C as soon as a command listens for it. */
  interrupt?: boolean
}

export interface Ran {
  stdout: string
  stderr: string
  exitCode: number
  /** Questions that were asked. */
  asked: string[]
}

class Sink {
  text = ''
  readonly isTTY: boolean
  constructor(isTTY: boolean) {
    this.isTTY = isTTY
  }
  write(text: string): void {
    this.text += text
  }
}

let config: Promise<Config> | undefined
const loadConfig = (): Promise<Config> => {
  config ??= OclifConfig.load({
    root: process.cwd(),
    ignoreManifest: true,
    pjson: {name: 'pgk', version: '0.0.0', oclif: {bin: 'pgk', topicSeparator: ' '}} as never,
  })
  return config
}

function exitOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('oclif' in error)) return undefined
  const {oclif} = error
  const exit = typeof oclif === 'object' && oclif !== null && 'exit' in oclif ? oclif.exit : undefined
  return 'code' in error && error.code === 'EEXIT' && typeof exit === 'number' ? exit : undefined
}

/** Runs a command as a process would, in a world of the test's making, and tells what a person would see. */
export async function runCommand(
  Command: CommandClass,
  argv: string[],
  options: CommandOptions,
): Promise<Ran> {
  const answers = [...(options.answers ?? [])]
  const person = options.answers !== undefined
  const stdout = new Sink(person)
  const stderr = new Sink(person)
  const asked: string[] = []
  const answer = (question: string): string | boolean => {
    asked.push(question)
    const next = answers.shift()
    if (next === undefined) throw new Error(`unexpected question: ${question}`)
    return next
  }
  const environment = {NO_COLOR: '1', ...options.environment}
  const world: World = {
    terminal: {
      stdout,
      stderr,
      stdin: Object.assign(Readable.from([options.stdin ?? '']), {isTTY: person}),
      environment,
    },
    prompts: {
      yesNo: async question => answer(question) === true,
      text: async question => String(answer(question)),
      choose: async question => String(answer(question)),
    },
    clock: fakeClock(),
    connect: async flags => ({...options.deps, namespace: flags.namespace ?? options.deps.namespace}),
    readFile: async path => {
      const found = path === '-' ? options.stdin : options.files?.[path]
      if (found === undefined) throw new Error(`no file ${path}`)
      return found
    },
    onInterrupt: listener => {
      if (options.interrupt) queueMicrotask(listener)
      return () => undefined
    },
  }
  let exitCode = 0
  try {
    await new Command(argv, await loadConfig(), world).launch()
  } catch (error) {
    const exit = exitOf(error)
    if (exit === undefined) {
      const failure = asPgkError(error, {commands: [], flags: []})
      if (failure.code === 'PGK_DEFECT') throw error
      stderr.write(failureText(failure, colourOf(stderr, environment, true)))
      exitCode = failure.exitCode
    } else exitCode = exit
  }
  return {stdout: stdout.text, stderr: stderr.text, exitCode, asked}
}
