import type {Container, Pod} from 'kubernetes-types/core/v1.d.ts'
import {Backoff} from './backoff.ts'
import type {Say} from './events.ts'
import type {ImageRecord, Runtime} from './runtime.ts'
import type {Waiting} from './status/containers.ts'

/** Gives the local name of an image, for names that stand for another. */
export type ResolveImage = (image: string) => string

/** The image of a container is not there (yet). */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly waiting: Waiting
  /** Milliseconds until the next try makes sense. */
  readonly retryIn: number

  constructor(waiting: Waiting, retryIn: number) {
    super(waiting.message ?? waiting.reason)
    this.waiting = waiting
    this.retryIn = retryIn
  }
}

/** As Kubernetes: `Always` for `latest` and for no tag, else `IfNotPresent`. */
function policyOf({imagePullPolicy, image = ''}: Container): string {
  if (imagePullPolicy) return imagePullPolicy
  const isUntagged = !/[:@]/.test(image.slice(image.lastIndexOf('/') + 1))
  return isUntagged || image.endsWith(':latest') ? 'Always' : 'IfNotPresent'
}

const notFound = (image: string): string =>
  `failed to pull and unpack image "${image}": not found: the sandbox has no registry, ` +
  'it runs the images that were imported into it'

/** The images that this machine holds; there is no registry to pull others from. */
export class Images {
  private readonly runtime: Pick<Runtime, 'image'>
  private readonly resolve: ResolveImage
  private readonly backoff = new Backoff()

  constructor(runtime: Pick<Runtime, 'image'>, resolve: ResolveImage) {
    this.runtime = runtime
    this.resolve = resolve
  }

  /** Finds the image a container runs, as its pull policy wants it. Throws `ImageError`. */
  async ensure(pod: Pod, container: Container, say: Say, now: number): Promise<ImageRecord> {
    const image = container.image ?? ''
    const policy = policyOf(container)
    const found = await this.runtime.image(this.resolve(image))
    const key = `${pod.metadata?.uid}/${image}`
    if (found) {
      this.backoff.reset(key)
      const message =
        policy === 'Always'
          ? `Successfully pulled image "${image}" in 0s (0s including waiting). Image size: 0 bytes.`
          : `Container image "${image}" already present on machine`
      if (policy === 'Always') say('Normal', 'Pulling', `Pulling image "${image}"`, container)
      say('Normal', 'Pulled', message, container)
      return found
    }
    if (policy === 'Never') return this.neverPulled(image, container, say)
    const wait = this.backoff.remainingSinceTry(key, now)
    if (wait > 0) return this.backedOff(image, container, say, wait)
    return this.absent(image, container, say, {key, now})
  }

  private neverPulled(image: string, container: Container, say: Say): never {
    const message = `Container image "${image}" is not present with pull policy of Never`
    say('Warning', 'ErrImageNeverPull', message, container)
    say('Warning', 'Failed', 'Error: ErrImageNeverPull', container)
    throw new ImageError({reason: 'ErrImageNeverPull', message}, 10_000)
  }

  private backedOff(image: string, container: Container, say: Say, wait: number): never {
    const message = `Back-off pulling image "${image}"`
    say('Normal', 'BackOff', message, container)
    say('Warning', 'Failed', 'Error: ImagePullBackOff', container)
    // The status, unlike the event, also tells why the last try failed.
    const told = `${message}: ErrImagePull: ${notFound(image)}`
    throw new ImageError({reason: 'ImagePullBackOff', message: told}, wait)
  }

  private absent(
    image: string,
    container: Container,
    say: Say,
    {key, now}: {key: string; now: number},
  ): never {
    const reason = notFound(image)
    say('Normal', 'Pulling', `Pulling image "${image}"`, container)
    say('Warning', 'Failed', `Failed to pull image "${image}": ${reason}`, container)
    say('Warning', 'Failed', 'Error: ErrImagePull', container)
    this.backoff.next(key, now, now)
    throw new ImageError({reason: 'ErrImagePull', message: reason}, 1000)
  }
}
