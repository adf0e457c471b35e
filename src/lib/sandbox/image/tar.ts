/** One entry of a tar archive. Sizes up to 8 GiB, names up to 100 bytes: all that an image layout needs. */
export interface TarEntry {
  name: string
  size: number
  mode: number
  type: 'file' | 'directory' | 'symlink'
  target?: string
}

const typeFlags = {file: '0', symlink: '2', directory: '5'}
const block = 512

/** The ustar header of an entry, 512 bytes. Times are zero so that the same content has the same digest. */
export function tarHeader(entry: TarEntry): Buffer {
  if (Buffer.byteLength(entry.name) > 100) throw new RangeError(`name too long for tar: ${entry.name}`)
  const header = Buffer.alloc(block)
  header.write(entry.name, 0)
  writeOctal(header, entry.mode, 100, 8)
  writeOctal(header, 0, 108, 8)
  writeOctal(header, 0, 116, 8)
  writeOctal(header, entry.size, 124, 12)
  writeOctal(header, 0, 136, 12)
  header.write('        ', 148)
  header.write(typeFlags[entry.type], 156)
  header.write(entry.target ?? '', 157)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148)
  return header
}

/** Zeros that fill an entry's content up to the next block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((block - (size % block)) % block)
}

/** Two empty blocks: the end of an archive. */
export const tarEnd = Buffer.alloc(2 * block)

export function tarFile(name: string, content: Uint8Array, mode = 0o644): Buffer {
  const header = tarHeader({name, size: content.length, mode, type: 'file'})
  return Buffer.concat([header, content, tarPadding(content.length)])
}

function writeOctal(header: Buffer, value: number, offset: number, width: number): void {
  header.write(`${value.toString(8).padStart(width - 1, '0')}\u0000`, offset)
}
