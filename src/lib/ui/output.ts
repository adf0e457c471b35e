import type {Colour, Output} from './terminal.ts'

export const formats = ['table', 'wide', 'json', 'yaml', 'name', 'env'] as const
export type Format = (typeof formats)[number]

/** A result as scripts get it. Every text is made from this object. */
export interface Result {
  apiVersion: 'pgk/v1'
  kind: string
}

/** A text for people. `width` is that of the terminal; in a pipe there is none. */
export type View = (colour: Colour, width?: number) => string

/** How a result looks to a person. What a command does not offer, its `-o` flag does not list. */
export interface Views {
  table: View
  wide?: View
  /** Lines such as `postgrescluster/hippo`. */
  name?: () => readonly string[]
  /** Lines such as `PGHOST=…`. */
  env?: () => readonly string[]
}

interface Look {
  format: Format
  colour: Colour
  width?: number
}

export const isMachineFormat = (format: Format): boolean => format !== 'table' && format !== 'wide'

async function render(result: unknown, views: Views, {format, colour, width}: Look): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(result, undefined, 2)}\n`
    case 'yaml': {
      const {stringify} = await import('yaml')
      // Through JSON, so that both formats drop and keep the same.
      return stringify(JSON.parse(JSON.stringify(result)), {lineWidth: 0})
    }
    case 'name':
      return lines(views.name?.() ?? [])
    case 'env':
      return lines(views.env?.() ?? [])
    case 'wide':
      return (views.wide ?? views.table)(colour, width)
    case 'table':
      return views.table(colour, width)
  }
}

const lines = (texts: readonly string[]): string => texts.map(text => `${text}\n`).join('')

/** Writes a result to stdout in the format that was asked for. */
export async function printResult(
  stdout: Output,
  result: object,
  views: Views,
  {format, colour}: {format: Format; colour: Colour},
): Promise<void> {
  const {columns: width} = stdout
  stdout.write(await render(result, views, {format, colour, ...(width === undefined ? {} : {width})}))
}
