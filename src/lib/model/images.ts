import {usageError} from '../errors.ts'
import type {PostgresCluster} from './document.ts'

/** The Postgres majors that the document allows. */
export const POSTGRES_VERSIONS = [11, 12, 13, 14, 15, 16, 17, 18] as const
export const DEFAULT_POSTGRES_VERSION = 17

const REGISTRY = 'registry.developers.crunchydata.com/crunchydata'

/**
 * The Crunchy images that are used where the document names none, under the variable names by which PGO
 * lets an installation override them.
 */
export const DEFAULT_IMAGES: Readonly<Record<string, string>> = {
  RELATED_IMAGE_POSTGRES_16: `${REGISTRY}/crunchy-postgres:ubi9-16.11-2547`,
  RELATED_IMAGE_POSTGRES_17: `${REGISTRY}/crunchy-postgres:ubi9-17.7-2547`,
  RELATED_IMAGE_POSTGRES_18: `${REGISTRY}/crunchy-postgres:ubi9-18.1-2547`,
  RELATED_IMAGE_PGBOUNCER: `${REGISTRY}/crunchy-pgbouncer:ubi9-1.24-2534`,
  RELATED_IMAGE_PGEXPORTER: `${REGISTRY}/crunchy-postgres-exporter:ubi9-0.17.1-2534`,
}

export interface Images {
  postgres: string
  pgbackrest: string
}

/** Overrides by variable name, usually the environment's `RELATED_IMAGE_…`; empty values count as absent. */
export type ImageOverrides = Readonly<Record<string, string | undefined>>

const known = (variable: string, overrides: ImageOverrides): string | undefined =>
  overrides[variable] || DEFAULT_IMAGES[variable]

/** The Postgres majors for which an image is known. */
export const versionsWithImage = (overrides: ImageOverrides): number[] =>
  POSTGRES_VERSIONS.filter(version => known(`RELATED_IMAGE_POSTGRES_${version}`, overrides) !== undefined)

/**
 * The image of each component, or undefined when the document names none and none is known for its
 * Postgres version. pgBackRest runs from the Postgres image unless told otherwise: it refuses to talk to
 * a pgBackRest of another version, and the Postgres image holds the one that archives.
 */
export function resolveImages(
  {spec}: Pick<PostgresCluster, 'spec'>,
  overrides: ImageOverrides = {},
): Images | undefined {
  const postgres = spec.image || known(`RELATED_IMAGE_POSTGRES_${spec.postgresVersion}`, overrides)
  if (postgres === undefined) return undefined
  const override = spec.image ? undefined : overrides['RELATED_IMAGE_PGBACKREST']
  return {postgres, pgbackrest: spec.backups?.pgbackrest?.image || override || postgres}
}

/** `resolveImages`, or a usage error that says for which versions an image is known. */
export function requireImages(
  document: Pick<PostgresCluster, 'spec'>,
  overrides: ImageOverrides = {},
): Images {
  const images = resolveImages(document, overrides)
  if (images !== undefined) return images
  const version = document.spec.postgresVersion
  throw usageError('IMAGE_UNKNOWN', `no image is known for Postgres ${version}`, {
    object: 'field spec.image',
    hints: [
      `Name one that fulfils the image contract with --image or spec.image, or set RELATED_IMAGE_POSTGRES_${version}.`,
      `Images are known for Postgres ${versionsWithImage(overrides).join(', ')}.`,
    ],
  })
}
