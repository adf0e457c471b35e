import {createHash} from 'node:crypto'
import {closeSync, openSync, renameSync, rmSync, writeSync} from 'node:fs'
import {tarEnd, tarFile, tarHeader, tarPadding} from './tar.ts'

export interface ImageConfig {
  /** `USER` of the image, a number. */
  user: number
  env: Record<string, string>
  entrypoint?: string[]
  command?: string[]
  workingDirectory?: string
}

export interface ImageIdentity {
  /** Full reference such as `localhost/busybox:1`. */
  name: string
  /** Go's name of the architecture: `amd64`, `arm64`. */
  architecture: string
  config: ImageConfig
}

const layerType = 'application/vnd.oci.image.layer.v1.tar'
const configType = 'application/vnd.oci.image.config.v1+json'
const manifestType = 'application/vnd.oci.image.manifest.v1+json'

/**
 * Writes an OCI image layout as one tar file while its only layer streams in. The layer is not compressed:
 * a local import then costs one copy. The file appears under its name only when it is complete.
 */
export class LayoutWriter {
  readonly #file: string
  readonly #descriptor: number
  readonly #hash = createHash('sha256')
  #size = 0

  constructor(file: string) {
    this.#file = file
    this.#descriptor = openSync(`${file}.partial`, 'w', 0o644)
    // The layer's own header needs its digest; the place is kept and filled at the end.
    writeSync(this.#descriptor, Buffer.alloc(512))
  }

  write(piece: Uint8Array): void {
    this.#hash.update(piece)
    this.#size += piece.length
    writeAll(this.#descriptor, piece)
  }

  finish(identity: ImageIdentity): void {
    const layer = {mediaType: layerType, digest: `sha256:${this.#hash.digest('hex')}`, size: this.#size}
    const config = jsonBlob(configType, imageConfig(identity, layer.digest))
    const manifest = jsonBlob(manifestType, {
      schemaVersion: 2,
      mediaType: manifestType,
      config: config.descriptor,
      layers: [layer],
    })
    const index = {
      schemaVersion: 2,
      manifests: [{...manifest.descriptor, annotations: {'io.containerd.image.name': identity.name}}],
    }
    writeAll(
      this.#descriptor,
      Buffer.concat([
        tarPadding(this.#size),
        tarFile(blobPath(config.descriptor.digest), config.content),
        tarFile(blobPath(manifest.descriptor.digest), manifest.content),
        tarFile('index.json', Buffer.from(JSON.stringify(index))),
        tarFile('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')),
        tarEnd,
      ]),
    )
    const header = tarHeader({name: blobPath(layer.digest), size: this.#size, mode: 0o644, type: 'file'})
    writeSync(this.#descriptor, header, 0, header.length, 0)
    closeSync(this.#descriptor)
    renameSync(`${this.#file}.partial`, this.#file)
  }

  /** Gives up: nothing stays behind. */
  discard(): void {
    closeSync(this.#descriptor)
    rmSync(`${this.#file}.partial`, {force: true})
  }
}

function imageConfig(identity: ImageIdentity, diffId: string): unknown {
  const {config} = identity
  return {
    architecture: identity.architecture,
    os: 'linux',
    config: {
      User: String(config.user),
      Env: Object.entries(config.env).map(([name, value]) => `${name}=${value}`),
      ...(config.entrypoint === undefined ? {} : {Entrypoint: config.entrypoint}),
      ...(config.command === undefined ? {} : {Cmd: config.command}),
      ...(config.workingDirectory === undefined ? {} : {WorkingDir: config.workingDirectory}),
    },
    rootfs: {type: 'layers', diff_ids: [diffId]},
  }
}

function jsonBlob(mediaType: string, value: unknown) {
  const content = Buffer.from(JSON.stringify(value))
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
  return {content, descriptor: {mediaType, digest, size: content.length}}
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`
}

function writeAll(descriptor: number, piece: Uint8Array): void {
  let offset = 0
  while (offset < piece.length) offset += writeSync(descriptor, piece, offset)
}
