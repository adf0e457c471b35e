import {failedError} from '../errors.ts'
import type {CompleteCluster} from '../model/document.ts'
import type {Verified} from '../observe/backup-report.ts'
import {list, text} from '../observe/fields.ts'
import type {Observed} from '../observe/snapshot.ts'
import {leaderOf} from '../observe/snapshot.ts'
import {type Expiry, parseExpiry, retentionOf} from '../pgbackrest/expiry.ts'
import {repoNumber, stanza} from '../pgbackrest/layout.ts'
import {errorLines, pgbackrestFailure} from '../pgbackrest/outcome.ts'
import {parseVerification, type Verification} from '../pgbackrest/verification.ts'
import type {ExecResult, Kube, Store} from '../ports.ts'

/** A container in which pgBackRest knows the repositories. */
export interface Place {
  namespace: string
  pod: string
  container: string
}

/** The repository host where one runs, else an instance. */
export function placeOf(seen: Observed): Place {
  const {namespace, repoHost} = seen
  if (repoHost?.ready) return {namespace, pod: repoHost.name, container: 'pgbackrest'}
  const instance = leaderOf(seen)?.pod ?? seen.instances.find(({pod}) => pod?.ready)?.pod
  if (instance) return {namespace, pod: instance.name, container: 'database'}
  throw failedError('NOBODY_TO_ASK', 'no pod that knows the repositories runs', {
    object: `cluster ${namespace}/${seen.cluster}`,
    hints: [`See what is up: pgk status ${seen.cluster} -n ${namespace}`],
  })
}

const day = 86_400

const run = (kube: Kube, place: Place, command: string[], signal: AbortSignal): Promise<ExecResult> =>
  kube.exec({
    ...place,
    command: ['pgbackrest', ...command, `--stanza=${stanza}`],
    timeoutSeconds: day,
    signal,
  })

const said = ({stderr, stdout}: ExecResult): string => `${stdout}\n${stderr}`

/** Removes what a repository need not keep any longer; with `dryRun` only tells. */
export async function expire(
  kube: Kube,
  place: Place,
  wanted: {document: CompleteCluster; repo: string; dryRun: boolean},
  signal: AbortSignal,
): Promise<Expiry> {
  const {document, repo, dryRun} = wanted
  // Given on the command line, since an instance does not know how long to keep what.
  const options = Object.entries(retentionOf(document, repo)).map(([key, value]) => `--${key}=${value}`)
  const command = ['expire', `--repo=${repoNumber(repo)}`, ...options, '--log-level-console=info']
  const result = await run(kube, place, [...command, ...(dryRun ? ['--dry-run'] : [])], signal)
  if (result.exitCode === 0) return parseExpiry(said(result), repo)
  const object = `${repo} of cluster ${document.metadata.name}`
  throw pgbackrestFailure('expiring', {exitCode: result.exitCode, words: said(result), object})
}

/** Reads sets of a repository file by file and compares checksums; everything where no label is given. */
export async function verifyRepo(
  kube: Kube,
  place: Place,
  wanted: {repo: string; label?: string; cluster: string},
  signal: AbortSignal,
): Promise<Verification> {
  const set = wanted.label === undefined ? [] : [`--set=${wanted.label}`]
  const command = ['verify', `--repo=${repoNumber(wanted.repo)}`, ...set, '--output=text', '--verbose']
  const result = await run(kube, place, [...command, '--log-level-console=off'], signal)
  const found = parseVerification(result.stdout)
  if (found !== undefined) return found
  const object = `${wanted.repo} of cluster ${wanted.cluster}`
  throw pgbackrestFailure('verifying', {exitCode: result.exitCode, words: said(result), object})
}

/** Archives a segment through every repository. Undefined when it arrived, else why it did not. */
export async function checkArchiving(
  kube: Kube,
  seen: Observed,
  signal: AbortSignal,
): Promise<string | undefined> {
  const leader = leaderOf(seen)?.pod
  if (leader === undefined) return 'no instance leads'
  const place = {namespace: seen.namespace, pod: leader.name, container: 'database'}
  const result = await run(kube, place, ['check', '--log-level-console=warn'], signal)
  return result.exitCode === 0 ? undefined : errorLines(said(result))
}

/** Notes in the document's status what was found of sets; what is said of sets that are gone is dropped. */
export async function rememberVerified(
  store: Store,
  cluster: {namespace: string; name: string},
  found: readonly Verified[],
  labels: ReadonlySet<string>,
): Promise<void> {
  const fresh = new Set(found.map(({repo, label}) => `${repo}/${label}`))
  await store.saveStatus(cluster, status => {
    const kept = list(status, 'pgbackrest', 'verified').filter(one => {
      const label = `${text(one, 'repo')}/${text(one, 'label')}`
      return labels.has(label) && !fresh.has(label)
    })
    return {pgbackrest: {verified: [...kept, ...found]}}
  })
}
