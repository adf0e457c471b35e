import type {Config, Interfaces} from '@oclif/core'
import {Command} from '@oclif/core/command'
import {interruptedError} from '../errors.ts'
import type {ConnectFlags} from '../kube/connect.ts'
import {shellWord} from '../shell-word.ts'
import type {Deps} from '../wire.ts'
import {type Approval, approve} from './approve.ts'
import {globalFlags} from './flags.ts'
import {type Format, formats, isMachineFormat, printResult, type Views} from './output.ts'
import {processWorld} from './process-world.ts'
import {lineProgress, type Progress, silentProgress} from './progress.ts'
import {type Colour, canAnimate, canAsk, colourOf} from './terminal.ts'
import type {World} from './world.ts'

type Outputs = Record<string, unknown>

interface Settings {
  format: Format
  quiet: boolean
  verbose: boolean
  explain: boolean
  colour: boolean
  connect: ConnectFlags
}

/** What every command does alike: flags, streams, colours, formats, questions, progress. */
export abstract class PgkCommand extends Command {
  static override baseFlags = globalFlags
  protected readonly world: World
  #settings: Settings = {
    format: 'table',
    quiet: false,
    verbose: false,
    explain: false,
    colour: true,
    connect: {},
  }

  constructor(argv: string[], config: Config, world: World = processWorld()) {
    super(argv, config)
    this.world = world
  }

  /** Runs it with all that oclif does around it, in the world that it was given. */
  launch(): Promise<unknown> {
    return this._run()
  }

  /** This very command line, to be run again. */
  protected get commandLine(): string {
    const words = [this.config.bin, ...(this.ctor.id ?? '').split(':'), ...this.argv]
    return words.map(shellWord).join(' ')
  }

  /** Parses the command line. Always the first thing a command does. */
  protected async begin<F extends Outputs, A extends Outputs>(command: {
    flags: Interfaces.FlagInput<F>
    args: Interfaces.ArgInput<A>
    strict?: boolean
  }) {
    const {flags: own, args, strict = true} = command
    // oclif would take what is piped in, a manifest or SQL, for an argument that was left out.
    for (const arg of Object.values<{ignoreStdin?: boolean}>(args)) arg.ignoreStdin = true
    const parsed = await this.parse({flags: own, baseFlags: globalFlags, args, strict})
    const {kubeconfig, context, namespace, as, json, output, color, quiet, verbose, explain} = parsed.flags
    const seconds = parsed.flags['request-timeout']
    this.#settings = {
      format: json ? 'json' : (formats.find(format => format === output) ?? 'table'),
      quiet,
      verbose,
      explain,
      colour: color,
      connect: {
        ...(kubeconfig === undefined ? {} : {kubeconfig}),
        ...(context === undefined ? {} : {context}),
        ...(namespace === undefined ? {} : {namespace}),
        ...(as === undefined ? {} : {as}),
        ...(seconds === undefined ? {} : {requestTimeoutSeconds: seconds}),
      },
    }
    return {flags: parsed.flags, args: parsed.args, rest: parsed.argv.map(String)}
  }

  /** Connects to Kubernetes as the flags and the environment say. */
  protected async open(): Promise<Deps> {
    const {connect, verbose, explain} = this.#settings
    return this.world.connect(connect, {
      say: line => this.say(line),
      ...(verbose ? {warn: (text: string) => this.say(`Warning: ${text}`)} : {}),
      // Said even with --quiet: it was asked for.
      ...(explain ? {explain: (line: string) => this.world.terminal.stderr.write(`$ ${line}\n`)} : {}),
    })
  }

  /** Says something on stderr that is not the result. */
  protected say(line: string): void {
    if (!this.#settings.quiet) this.world.terminal.stderr.write(`${line}\n`)
  }

  /** Says something that only -v asks for. */
  protected detail(line: string): void {
    if (this.#settings.verbose) this.world.terminal.stderr.write(`${line}\n`)
  }

  /** Prints the result on stdout, in the format that was asked for. */
  protected async show(result: object, views: Views): Promise<void> {
    const {format} = this.#settings
    const colour = this.colour('stdout')
    await printResult(this.world.terminal.stdout, result, views, {format, colour})
  }

  protected get format(): Format {
    return this.#settings.format
  }

  /** True when a person can be asked something. */
  protected get interactive(): boolean {
    return canAsk(this.world.terminal, isMachineFormat(this.#settings.format))
  }

  protected colour(stream: 'stdout' | 'stderr'): Colour {
    const {terminal} = this.world
    return colourOf(terminal[stream], terminal.environment, !this.#settings.colour)
  }

  /** Tells the consequences and gets the person's word, or throws. */
  protected async approve(
    approval: Approval,
    flags: {yes?: boolean; confirm?: string | undefined},
  ): Promise<void> {
    await approve(approval, {
      yes: flags.yes ?? false,
      confirm: flags.confirm,
      canAsk: this.interactive,
      colour: this.colour('stderr'),
      // Consequences are said even with --quiet: nobody may lose data without having been told.
      say: line => this.world.terminal.stderr.write(`${line}\n`),
      askYesNo: question => this.world.prompts.yesNo(question),
      askText: question => this.world.prompts.text(question),
    })
  }

  /** A view of the steps, live on a terminal, one line a change elsewhere. */
  protected async progress(): Promise<Progress> {
    const {quiet, format, verbose, explain} = this.#settings
    const {terminal, clock} = this.world
    if (quiet) return silentProgress
    // What -v and --explain say goes between the lines; a moving picture would hold it back to the end.
    const live = canAnimate(terminal) && !isMachineFormat(format) && !verbose && !explain
    if (live && terminal.stderr === process.stderr) {
      const {liveProgress} = await import('./live-progress.ts')
      return liveProgress(process.stderr)
    }
    const began = clock.now().getTime()
    return lineProgress(terminal.stderr, () => (clock.now().getTime() - began) / 1000)
  }

  /** Runs work that goes on in the cluster when Ctrl-C stops watching it; a second Ctrl-C ends at once. */
  protected async watching<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController()
    const hints = [`Go on with: ${this.commandLine}`]
    const unlisten = this.world.onInterrupt(() =>
      stop.abort(interruptedError('INTERRUPTED', 'interrupted; what was begun is not undone', {hints})),
    )
    try {
      return await work(stop.signal)
    } finally {
      unlisten()
    }
  }

  /** Errors are told by `main`, once and in one way. */
  protected override async catch(error: Error): Promise<never> {
    throw error
  }
}
