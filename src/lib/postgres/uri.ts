/** Where and as whom to connect. Without a database the user's own name decides, as in libpq. */
export interface ConnectionTarget {
  host: string
  port: number
  user: string
  password?: string
  dbname?: string
}

/** Percent-encodes everything that is not unreserved, so that any value survives any part of a URI. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

const hostPart = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** `postgresql://user:password@host:port/dbname` */
export function connectionUri({host, port, user, password, dbname}: ConnectionTarget): string {
  const credentials = password === undefined ? encoded(user) : `${encoded(user)}:${encoded(password)}`
  const path = dbname === undefined ? '' : `/${encoded(dbname)}`
  return `postgresql://${credentials}@${hostPart(host)}:${port}${path}`
}

/** `jdbc:postgresql://host:port/dbname?password=…&user=…` */
export function jdbcUri({host, port, user, password, dbname}: ConnectionTarget): string {
  const query = [
    ...(password === undefined ? [] : [`password=${encoded(password)}`]),
    `user=${encoded(user)}`,
  ]
  return `jdbc:postgresql://${hostPart(host)}:${port}/${encoded(dbname ?? user)}?${query.join('&')}`
}
