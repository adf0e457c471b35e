import {OWN_STANZA} from '../model/repo-place.ts'

/** The one stanza of a cluster's repositories. */
export const stanza = OWN_STANZA

/** Where the TLS server of every instance and of the repository host listens. */
export const serverPort = 8432

export const spoolDirectory = '/pgdata/pgbackrest-spool'

/** Mounted from `{cluster}-pgbackrest` and, on an instance, `{instance}-certs`. */
export const serverFiles = {
  ca: '/etc/pgbackrest/server/ca-roots',
  clientCert: '/etc/pgbackrest/server/client.crt',
  clientKey: '/etc/pgbackrest/server/client.key',
  serverCert: '/etc/pgbackrest/server/server.crt',
  serverKey: '/etc/pgbackrest/server/server.key',
} as const

/** The common name of the certificate by which a cluster's pgBackRest processes know one another. */
export const clientName = (cluster: string): string => `pgbackrest@${cluster}`

/** `repo2` is 2. */
export const repoNumber = (repo: string): number => Number(repo.replace(/^repo/, ''))
