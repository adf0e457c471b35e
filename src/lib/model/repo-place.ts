import type {Repo} from './document.ts'

/** The one stanza of a cluster's repositories. */
export const OWN_STANZA = 'db'

/** Where a repository is if nobody says otherwise: the mount point of its volume, or a path in its bucket. */
export const repoDirectory = (repo: string): string => `/pgbackrest/${repo}`

/** A directory of an object store. */
export interface StorePlace {
  store: 's3' | 'gcs' | 'azure'
  /** Bucket or container. */
  root: string
  /** With its leading slash and without a closing one. */
  path: string
}

const normal = (path: string): string => `/${path.split('/').filter(Boolean).join('/')}`

/** Where a repository is, after the options that may move it; undefined for one on a volume. */
export function storePlace(
  repo: Repo,
  global: Readonly<Record<string, string>> = {},
): StorePlace | undefined {
  const {name, s3, gcs, azure} = repo
  const path = normal(global[`${name}-path`] ?? repoDirectory(name))
  const option = (key: string): string | undefined => global[`${name}-${key}`]
  if (s3) return {store: 's3', root: option('s3-bucket') ?? s3.bucket, path}
  if (gcs) return {store: 'gcs', root: option('gcs-bucket') ?? gcs.bucket, path}
  if (azure) return {store: 'azure', root: option('azure-container') ?? azure.container, path}
  return undefined
}

/**
 * Endpoints, regions and accounts do not count: one bucket has many endpoints, and accounts are in Secrets. Who
 * is refused wrongly chooses another path; who is let through wrongly loses backups.
 */
export const samePlace = (left: StorePlace, right: StorePlace): boolean =>
  left.store === right.store && left.root === right.root && left.path === right.path

/** `s3://bucket/path`, as flags spell it. */
export const placeText = ({store, root, path}: StorePlace): string => `${store}://${root}${path}`
