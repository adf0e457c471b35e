import {stripVTControlCharacters} from 'node:util'
import Table from 'cli-table3'
import type {Colour} from './terminal.ts'

export interface Column<Row> {
  title: string
  /** Undefined and null are shown as a dash. */
  value: (row: Row, colour: Colour) => string | number | null | undefined
  align?: 'right'
  /** Left out where the table is wider than the terminal, the highest first; never when missing. */
  spare?: number
}

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}

const widest = (text: string): number =>
  Math.max(...text.split('\n').map(line => stripVTControlCharacters(line).length))

/**
 * Columns without borders: the same text on a terminal and in a pipe, where there is only no colour. Where
 * it would be wider than the terminal, columns that can be spared are left out.
 */
export function tableText<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  colour: Colour,
  width = Number.POSITIVE_INFINITY,
): string {
  const text = draw(columns, rows, colour)
  if (widest(text) <= width) return text
  const [spared] = columns
    .filter(({spare}) => spare !== undefined)
    .sort((a, b) => (b.spare ?? 0) - (a.spare ?? 0))
  return spared === undefined
    ? text
    : tableText(
        columns.filter(column => column !== spared),
        rows,
        colour,
        width,
      )
}

function draw<Row>(columns: readonly Column<Row>[], rows: readonly Row[], colour: Colour): string {
  const aligned = columns.map(({align}) => align ?? 'left')
  const table = new Table({
    head: columns.map(({title}) => colour.dim(title)),
    colAligns: aligned,
    chars: noBorders,
    style: {head: [], border: [], 'padding-left': 0, 'padding-right': 2},
  })
  for (const row of rows) table.push(columns.map(({value}) => String(value(row, colour) ?? '-')))
  return table
    .toString()
    .split('\n')
    .map(line => `${line.trimEnd()}\n`)
    .join('')
}

/** A line without colours, broken between words where it is wider than the terminal; the rest is indented. */
export function wrapped(line: string, width: number, indent: number): string[] {
  if (line.length <= width) return [line]
  const end = line.lastIndexOf(' ', width)
  const next = end > indent ? end : line.indexOf(' ', Math.max(width, indent))
  if (next === -1) return [line]
  return [line.slice(0, next), ...wrapped(' '.repeat(indent) + line.slice(next + 1), width, indent)]
}
