/** Where things are inside the pods. PGO's places, so that a volume of one serves the other. */
export const socketDirectory = '/tmp/postgres'
export const tlsDirectory = '/pgconf/tls'

/** `/pgdata/pg17`. */
export const dataDirectory = (postgresVersion: number): string => `/pgdata/pg${postgresVersion}`

/** Where a restored data directory waits for Patroni to take it over. */
export const bootstrapDirectory = (postgresVersion: number): string =>
  `${dataDirectory(postgresVersion)}_bootstrap`

/** The WAL's place on a volume of its own. */
export const walDirectory = (postgresVersion: number): string => `/pgwal/pg${postgresVersion}_wal`
