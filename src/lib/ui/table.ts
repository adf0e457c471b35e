import Table from 'cli-table3'
import type {Colour} from './terminal.ts'

export interface Column<Row> {
  title: string
  /** Undefined and null are shown as a dash. */
  value: (row: Row, colour: Colour) => string | number | null | undefined
  align?: 'right'
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

/** Columns without borders: the same text on a terminal and in a pipe, where there is only no colour. */
export function tableText<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  colour: Colour,
): string {
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
