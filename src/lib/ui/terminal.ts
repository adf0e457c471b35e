import {Chalk, type ChalkInstance} from 'chalk'

/** Where text goes. */
export interface Output {
  write(text: string): unknown
  isTTY?: boolean
  columns?: number
}

/** The person's side of the process. */
export interface Terminal {
  stdout: Output
  stderr: Output
  stdin: AsyncIterable<unknown> & {isTTY?: boolean}
  environment: NodeJS.ProcessEnv
}

export type Colour = ChalkInstance

/** `CI=false` and an empty `CI` count as no CI, as most tools read them. */
export const inCi = (environment: NodeJS.ProcessEnv): boolean =>
  !['', '0', 'false'].includes(environment['CI'] ?? '')

/** Colours for one stream: each decides for itself, so that `pgk list | less` keeps coloured errors. */
export function colourOf(stream: Output, environment: NodeJS.ProcessEnv, off: boolean): Colour {
  const plain =
    off ||
    !stream.isTTY ||
    (environment['NO_COLOR'] ?? '') !== '' ||
    environment['TERM'] === 'dumb' ||
    inCi(environment)
  return new Chalk({level: plain ? 0 : environment['COLORTERM'] === 'truecolor' ? 3 : 1})
}

/** Whether a question can be put to a person. */
export const canAsk = ({stdin, stderr, environment}: Terminal, machineOutput: boolean): boolean =>
  Boolean(stdin.isTTY) && Boolean(stderr.isTTY) && !inCi(environment) && !machineOutput

/** Whether something may move on the screen. */
export const canAnimate = ({stderr, environment}: Terminal): boolean =>
  Boolean(stderr.isTTY) && stderr.columns !== 0 && !inCi(environment) && environment['TERM'] !== 'dumb'
