import {factsOf, planTopology} from '../decide/topology.ts'
import {notFoundError, PgkError, refusedError} from '../errors.ts'
import {type BucketSource, sourceStanza} from '../model/data-source-rules.ts'
import type {CompleteCluster} from '../model/document.ts'
import {placeText, storePlace} from '../model/repo-place.ts'
import {type Answers, noAnswers} from '../observe/answers.ts'
import {type Ask, askArchives} from '../observe/archive.ts'
import {at, list, text} from '../observe/fields.ts'
import {type Observed, snapshot} from '../observe/snapshot.ts'
import {infoCommand, parseInfo} from '../pgbackrest/info.ts'
import {repoNumber} from '../pgbackrest/layout.ts'
import {
  type BucketName,
  misconfigured,
  sourceTrouble,
  unreachableBucket,
} from '../pgbackrest/source-trouble.ts'
import type {Clock, Kube, KubeObject} from '../ports.ts'
import {fromBucket} from '../render/restore-view.ts'
import type {EnginePorts} from './engine.ts'
import {checkNamespace} from './preflight.ts'

type Ports = Pick<EnginePorts, 'kube' | 'clock' | 'images' | 'restoreJob'>

export interface BucketLook {
  document: CompleteCluster
  namespace: string
  clusterDomain: string
  source: BucketSource
  /** Keeps the Jobs of two looks apart. */
  id: string
  signal: AbortSignal
}

const patienceSeconds = 120
const askSeconds = 60
/** Seconds for each try: why it gives up, pgBackRest says only after the last one. */
const giveUp = '--io-timeout=5'
const beatMilliseconds = 250

/** A pod that waits for a Secret would wait until somebody makes it. */
async function checkProjections(kube: Kube, {source, namespace}: BucketLook): Promise<void> {
  const wanted = (source.configuration ?? []).flatMap(({secret, configMap}) => [
    ...(secret === undefined ? [] : [{kind: 'Secret', ...secret}]),
    ...(configMap === undefined ? [] : [{kind: 'ConfigMap', ...configMap}]),
  ])
  for (const {kind, name = '', optional, items = []} of wanted) {
    if (optional) continue
    const found = await kube.get({apiVersion: 'v1', kind, name, namespace})
    const missing = found && items.find(({key}) => text(found, 'data', key) === undefined)
    if (found !== undefined && missing === undefined) continue
    const what =
      found === undefined ? `there is no ${kind} ${name}` : `${kind} ${name} has no key ${missing?.key}`
    throw notFoundError(`${kind === 'Secret' ? 'SECRET' : 'CONFIG_MAP'}_MISSING`, what, {
      object: `${kind} ${namespace}/${name}`,
      reason: 'the bucket is read with it',
      hints: [
        `Make it: kubectl create ${kind.toLowerCase()}${kind === 'Secret' ? ' generic' : ''} ${name} -n ${namespace} --from-file=FILE`,
      ],
    })
  }
}

/** Where its keys are, for a sentence. */
function secretsOf({source, namespace}: BucketLook): string {
  const names = (source.configuration ?? []).flatMap(({secret}) => secret?.name ?? [])
  return names.length === 0
    ? 'a Secret that dataSource.pgbackrest.configuration names'
    : `Secret ${names.map(name => `${namespace}/${name}`).join(', ')}`
}

function bucketName(look: BucketLook): BucketName {
  const {repo, global} = look.source
  const place = storePlace(repo, global)
  return {
    place: place === undefined ? repo.name : placeText(place),
    root: place?.root ?? '',
    stanza: sourceStanza(look.source),
    secrets: secretsOf(look),
  }
}

const isRunning = (pod: KubeObject): boolean =>
  list(pod, 'status', 'containerStatuses').some(status => at(status, 'state', 'running') !== undefined)

/** Why a pod does not start yet, if it says so. */
const waitsFor = (pod: KubeObject | undefined): string | undefined => {
  const waiting = list(pod, 'status', 'containerStatuses').map(status =>
    [text(status, 'state', 'waiting', 'reason'), text(status, 'state', 'waiting', 'message')]
      .filter(Boolean)
      .join(': '),
  )
  const unready = list(pod, 'status', 'conditions').map(condition => text(condition, 'message') ?? '')
  return [...waiting, ...unready].find(words => words !== '')
}

const notStarted = (name: string, namespace: string, reason: string | undefined): PgkError =>
  refusedError('LOOK_FAILED', 'the Job that looks into the bucket does not start; nothing was made', {
    object: `Job ${namespace}/${name}`,
    reason: reason ?? `no pod of it ran within ${patienceSeconds} s`,
    hints: [
      'See what the namespace allows and what its nodes have room for, then run the same command again.',
    ],
  })

async function startedPod(
  {kube, clock}: {kube: Kube; clock: Clock},
  {name, namespace}: {name: string; namespace: string},
  signal: AbortSignal,
): Promise<string> {
  const deadline = clock.now().getTime() + patienceSeconds * 1000
  for (;;) {
    signal.throwIfAborted()
    const pods = await kube.list(
      {apiVersion: 'v1', kind: 'Pod'},
      {namespace, labelSelector: `job-name=${name}`},
    )
    const running = pods.find(isRunning)?.metadata.name
    if (running !== undefined) return running
    if (clock.now().getTime() > deadline) throw notStarted(name, namespace, waitsFor(pods[0]))
    await clock.sleep(beatMilliseconds, signal)
  }
}

/** The Job that waits to be asked, as the renderer makes it. */
function lookJob(ports: Ports, {document, namespace, clusterDomain, id}: BucketLook, now: Date): KubeObject {
  const cluster = document.metadata.name
  const seen = snapshot({at: now, namespace, cluster}, {objects: new Map(), unknown: []}, noAnswers)
  const topology = planTopology(document, {}, seen)
  const images = ports.images(document)
  const facts = factsOf({seen, topology, images, clusterDomain, owner: undefined, replicaCreateReady: false})
  const [set] = document.spec.instances
  return ports.restoreJob(document, facts, {
    id,
    mode: 'look',
    instance: `${cluster}-look-${id}`,
    set: set?.name ?? '',
    options: [],
    source: fromBucket(document),
  })
}

/**
 * What a bucket holds, before anything of the new cluster is made: a Job with its keys is asked and goes
 * again. Throws the sentence that says why no cluster can begin with it.
 */
export async function lookIntoBucket(ports: Ports, look: BucketLook): Promise<Observed> {
  const {kube, clock} = ports
  const {document, namespace, source, signal} = look
  await checkNamespace(kube, namespace)
  await checkProjections(kube, look)
  const job = lookJob(ports, look, clock.now())
  const name = job.metadata.name ?? ''
  const bucket = bucketName(look)
  try {
    await kube.create(job)
    const pod = await startedPod(ports, {name, namespace}, signal)
    const container = 'pgbackrest-restore'
    const ask: Ask = async command => {
      const asked = {namespace, pod, container, command, timeoutSeconds: askSeconds, signal}
      const {exitCode, stdout, stderr} = await kube.exec(asked)
      if (exitCode === 0) return stdout
      throw misconfigured(stderr.trim() || stdout.trim() || `exit code ${exitCode}`, bucket)
    }
    const told = await ask(infoCommand(bucket.stanza, giveUp)).catch((error: unknown) => {
      const mute = error instanceof PgkError && error.code === 'PGK_EXEC_TIMEOUT'
      throw mute ? unreachableBucket(bucket.place, `no answer within ${askSeconds} s`) : error
    })
    const info = parseInfo(told, bucket.stanza)
    const trouble = sourceTrouble(info, bucket, document.spec.postgresVersion)
    if (trouble !== undefined) throw trouble
    const archive = await askArchives(ask, [repoNumber(source.repo.name)], bucket.stanza)
    const answers: Answers = {...noAnswers, backups: {known: true, value: info}, archive}
    const who = {at: clock.now(), namespace, cluster: document.metadata.name}
    return snapshot(who, {objects: new Map(), unknown: []}, answers)
  } finally {
    await kube.delete({apiVersion: 'batch/v1', kind: 'Job', name, namespace}, {propagation: 'Background'})
  }
}
