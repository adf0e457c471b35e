import {type PgkError, usageError} from '../errors.ts'
import type {BucketSource} from '../model/data-source-rules.ts'
import type {Repo, VolumeClaimSpec} from '../model/document.ts'
import {nearest, shown} from '../model/problem.ts'

/** How `--repo` and `--schedule` read. */

export interface RepoFlag {
  repo: Repo
  /** Options for `spec.backups.pgbackrest.global`. */
  global: Record<string, string>
  /** The Secret with the credentials of an object store. */
  secret?: string
  /** Only of one that is read: the name of its database. */
  stanza?: string
}

/** How a repository was given. */
interface Reading {
  flag: string
  /** What it may say beside what every store knows. */
  options: readonly string[]
}

type Store = 's3' | 'gcs' | 'azure'
const STORES: readonly Store[] = ['s3', 'gcs', 'azure']
const QUERY: Record<Store, readonly string[]> = {
  s3: ['endpoint', 'region', 'uri-style', 'secret'],
  gcs: ['secret'],
  azure: ['secret'],
}
const FORMS = 'volume:20Gi, s3://bucket/path?endpoint=…&region=…, gcs://bucket/path, azure://container/path'

const wrong = (flag: string, message: string, hints: string[] = []): PgkError =>
  usageError('FLAG_INVALID', `--${flag} ${message}`, {object: `flag --${flag}`, hints})

/** A claim of one volume, mounted by one pod at a time. */
export const claimOf = (storage: string, storageClass: string | undefined): VolumeClaimSpec => ({
  accessModes: ['ReadWriteOnce'],
  ...(storageClass === undefined ? {} : {storageClassName: storageClass}),
  resources: {requests: {storage}},
})

/** `bucket/path?a=b` in its parts. */
function location(
  text: string,
  {store, flag, options}: Reading & {store: Store},
): {root: string; path: string; query: Map<string, string>} {
  const [place = '', search = ''] = text.split('?', 2)
  const [root = '', ...path] = place.split('/')
  if (root === '') throw wrong(flag, `names no bucket: ${shown(`${store}://${text}`)}`, [`Forms: ${FORMS}`])
  const query = new Map(new URLSearchParams(search))
  for (const key of query.keys()) {
    const names = [...QUERY[store], ...options]
    if (names.includes(key)) continue
    const meant = nearest(key, names)
    const known = `${store} knows ${names.join(', ')}.`
    throw wrong(flag, `has an unknown option ${key}`, [
      meant === undefined ? known : `Did you mean ${meant}?`,
    ])
  }
  return {root, path: path.filter(part => part !== '').join('/'), query}
}

function objectStore(name: string, store: Store, text: string, reading: Reading): RepoFlag {
  const {root, path, query} = location(text, {...reading, store})
  const global: Record<string, string> = path === '' ? {} : {[`${name}-path`]: `/${path}`}
  const secret = query.get('secret')
  const stanza = query.get('stanza')
  const rest = {global, ...(secret && {secret}), ...(stanza && {stanza})}
  if (store === 'gcs') return {repo: {name, gcs: {bucket: root}}, ...rest}
  if (store === 'azure') return {repo: {name, azure: {container: root}}, ...rest}
  const [endpoint, region, style] = [query.get('endpoint'), query.get('region'), query.get('uri-style')]
  if (!endpoint || !region) {
    const lacking = endpoint ? 'region' : 'endpoint'
    throw wrong(reading.flag, `needs ${lacking}: ${shown(`s3://${text}`)}`, [
      `For example s3://${root}?endpoint=s3.example.com&region=eu-1`,
    ])
  }
  if (style !== undefined) global[`${name}-s3-uri-style`] = style
  return {repo: {name, s3: {bucket: root, endpoint, region}}, ...rest}
}

/** Reads one `--repo`; `name` is `repo1` to `repo4` by its place. */
export function readRepo(text: string, name: string, storageClass: string | undefined): RepoFlag {
  const volume = /^volume:(.+)$/.exec(text)?.[1]
  if (volume !== undefined) {
    return {repo: {name, volume: {volumeClaimSpec: claimOf(volume, storageClass)}}, global: {}}
  }
  const found = storeOf(text)
  if (found === undefined) throw wrong('repo', `is no repository: ${shown(text)}`, [`Forms: ${FORMS}`])
  return objectStore(name, found.store, found.rest, {flag: 'repo', options: []})
}

function storeOf(text: string): {store: Store; rest: string} | undefined {
  const [, scheme = '', rest = ''] = /^([a-z0-9]+):\/\/(.*)$/.exec(text) ?? []
  const store = STORES.find(known => known === scheme)
  return store && {store, rest}
}

/** Reads `--from-repo`: the bucket that a new cluster begins with the data of. */
export function readSource(text: string): BucketSource {
  const found = storeOf(text)
  if (found === undefined) {
    const forms = FORMS.replace(/^[^,]*, /, '')
    throw wrong('from-repo', `is no object store: ${shown(text)}`, [
      `Forms: ${forms}`,
      'From a cluster that is still there: pgk clone',
    ])
  }
  const read = objectStore('repo1', found.store, found.rest, {flag: 'from-repo', options: ['stanza']})
  const {repo, global, secret, stanza} = read
  return {
    ...(stanza && {stanza}),
    repo,
    ...(Object.keys(global).length > 0 && {global}),
    ...(secret && {configuration: [{secret: {name: secret}}]}),
  }
}

const KINDS = {
  full: 'full',
  diff: 'differential',
  differential: 'differential',
  incr: 'incremental',
  incremental: 'incremental',
} as const
type Kind = keyof typeof KINDS
const isKind = (text: string): text is Kind => Object.hasOwn(KINDS, text)

/** Adds schedules, each `[repoN:]kind=cron`, to their repositories. */
export function withSchedules(repos: readonly Repo[], flags: readonly string[]): Repo[] {
  const result = repos.map(repo => ({...repo}))
  for (const text of flags) {
    const [, name = 'repo1', kind = '', line = ''] = /^(?:(repo\d+):)?([a-z]+)=(.*)$/s.exec(text) ?? []
    if (!isKind(kind)) {
      const meant = nearest(kind, Object.keys(KINDS))
      const hints = [
        ...(meant && kind ? [`Did you mean ${meant}?`] : []),
        'For example --schedule full="0 1 * * 0"',
      ]
      throw wrong('schedule', `is no schedule: ${shown(text)}`, hints)
    }
    const repo = result.find(candidate => candidate.name === name)
    if (repo === undefined) throw wrong('schedule', `names ${name}, which no --repo makes`)
    if (repo.schedules?.[KINDS[kind]] !== undefined)
      throw wrong('schedule', `gives ${KINDS[kind]} of ${name} twice`)
    repo.schedules = {...repo.schedules, [KINDS[kind]]: line}
  }
  return result
}
