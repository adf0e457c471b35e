/** How many files a verification found wrong, and in which way. */
export interface Flaws {
  missing: number
  checksumInvalid: number
  sizeInvalid: number
  other: number
}

export interface VerifiedSet extends Flaws {
  label: string
  valid: boolean
  /** pgBackRest's word: `valid`, `invalid`, `manifest missing/invalid`, `in-progress`. */
  status: string
}

export interface VerifiedArchive extends Flaws {
  id: string
  checked: number
  valid: number
}

export interface Verification {
  ok: boolean
  sets: readonly VerifiedSet[]
  archives: readonly VerifiedArchive[]
  /** Lines that name a problem of its own. */
  errors: readonly string[]
}

const none: Flaws = {missing: 0, checksumInvalid: 0, sizeInvalid: 0, other: 0}

function flawsOf(line: string): Flaws | undefined {
  const [, missing, checksum, size, other] =
    /missing: (\d+), checksum invalid: (\d+), size invalid: (\d+), other: (\d+)/.exec(line) ?? []
  if (missing === undefined) return undefined
  return {
    missing: Number(missing),
    checksumInvalid: Number(checksum),
    sizeInvalid: Number(size),
    other: Number(other),
  }
}

/** Reads `pgbackrest verify --output=text --verbose`; undefined when it is no such answer. */
export function parseVerification(text: string): Verification | undefined {
  const lines = text.split('\n').map(line => line.trim())
  const status = lines.find(line => line.startsWith('status: '))
  if (status === undefined) return undefined
  const sets: VerifiedSet[] = []
  const archives: VerifiedArchive[] = []
  lines.forEach((line, index) => {
    const flaws = flawsOf(lines[index + 1] ?? '') ?? none
    const [, id, checked, valid] =
      /^archiveId: ([^,]+), total WAL checked: (\d+), total valid WAL: (\d+)/.exec(line) ?? []
    if (id !== undefined) archives.push({id, checked: Number(checked), valid: Number(valid), ...flaws})
    const [, label, state] = /^backup: ([^,]+), status: ([^,]+)/.exec(line) ?? []
    if (label !== undefined && state !== undefined) {
      sets.push({label, status: state, valid: state === 'valid', ...flaws})
    }
  })
  const errors = lines.filter(line => /^(ERROR|WARN|error)\b/.test(line))
  return {ok: status === 'status: ok', sets, archives, errors}
}
