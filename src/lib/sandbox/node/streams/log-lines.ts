/** One entry of a container's log file: `2026-01-01T00:00:00.000000001Z stdout F text`. */
export interface LogEntry {
  /** As written, with nanoseconds. */
  readonly time: string
  readonly stream: string
  /** A line that goes on in the next entry. */
  readonly isPartial: boolean
  readonly text: Buffer
}

const space = 0x20
const newline = 0x0a

/** Splits bytes into lines; what follows the last newline waits for the next piece. */
export class LineSplitter {
  private rest: Buffer = Buffer.alloc(0)

  push(piece: Buffer): Buffer[] {
    const lines: Buffer[] = []
    let data = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece])
    for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline)) {
      lines.push(data.subarray(0, end))
      data = data.subarray(end + 1)
    }
    this.rest = data
    return lines
  }
}

/** Reads one line of a log file without its newline; undefined for what is no log entry. */
export function parseEntry(line: Buffer): LogEntry | undefined {
  const first = line.indexOf(space)
  const second = line.indexOf(space, first + 1)
  const third = line.indexOf(space, second + 1)
  if (first < 0 || second < 0 || third < 0) return undefined
  return {
    time: line.toString('latin1', 0, first),
    stream: line.toString('latin1', first + 1, second),
    isPartial: line.toString('latin1', second + 1, third).startsWith('P'),
    text: line.subarray(third + 1),
  }
}

export interface LogFormat {
  readonly timestamps: boolean
  /** Entries before this moment, in milliseconds since the epoch, are left out. */
  readonly since?: number
}

/** Turns entries back into what the container wrote. */
export class LogRenderer {
  private readonly format: LogFormat
  private isInLine = false

  constructor(format: LogFormat) {
    this.format = format
  }

  render(entry: LogEntry): Buffer | undefined {
    const {since, timestamps} = this.format
    if (since !== undefined && Date.parse(entry.time) < since) return undefined
    const head = timestamps && !this.isInLine ? Buffer.from(`${entry.time} `) : Buffer.alloc(0)
    this.isInLine = entry.isPartial
    const tail = entry.isPartial ? Buffer.alloc(0) : Buffer.from('\n')
    return Buffer.concat([head, entry.text, tail])
  }
}
