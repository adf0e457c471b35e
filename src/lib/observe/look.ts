import {Label} from '../model/labels.ts'
import type {Clock, Kube} from '../ports.ts'
import {type Answers, answer, noAnswers, type Witnesses} from './answers.ts'
import {text} from './fields.ts'
import type {LiveView, ObjectView} from './live.ts'
import {noQuestions, type Questions} from './questions.ts'
import type {RepositoryMemory} from './repository-memory.ts'
import {leaderOf, type Observed, snapshot} from './snapshot.ts'

export interface ClusterName {
  namespace: string
  cluster: string
}

export const clusterSelector = (cluster: string): string => `${Label.cluster}=${cluster}`

/** The decoded value of a Secret's key, or undefined. */
export function secretValue(view: ObjectView, name: string, key: string): string | undefined {
  const secret = view.objects.get('Secret')?.find(object => object.metadata.name === name)
  const encoded = text(secret, 'data', key)
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8')
}

const containerRuns = (
  pod: {containers: readonly {name: string; running: boolean}[]} | undefined,
  name: string,
): boolean => pod?.containers.some(container => container.name === name && container.running) ?? false

/** Who can be asked, by what the objects show. */
function witnesses(seen: Observed, view: ObjectView, clock: Clock): Witnesses {
  const running = seen.instances.filter(instance => containerRuns(instance.pod, 'database'))
  const leader = leaderOf(seen)
  const asked = leader ?? running[0]
  const repoHost = seen.repoHost && containerRuns(seen.repoHost, 'pgbackrest') ? seen.repoHost : undefined
  return {
    namespace: seen.namespace,
    cluster: seen.cluster,
    leaderPod: leader?.pod?.name,
    backupPod: repoHost
      ? {name: repoHost.name, container: 'pgbackrest'}
      : asked?.pod && {name: asked.pod.name, container: 'database'},
    instancePods: running.flatMap(({name, pod}) => (pod ? [{instance: name, pod: pod.name}] : [])),
    password: secret => secretValue(view, secret, 'password'),
    now: () => clock.now(),
  }
}

export interface LookPorts {
  kube: Kube
  clock: Clock
}

/** One snapshot: the objects of the view, and the answers to the questions. */
export async function look(
  ports: LookPorts,
  name: ClusterName,
  view: ObjectView,
  questions: Questions,
  memory?: RepositoryMemory,
): Promise<Observed> {
  const first = snapshot({...name, at: ports.clock.now()}, view, noAnswers)
  if (questions === noQuestions) return first
  const kept = questions.backups ? memory?.recall(first) : undefined
  const asked = kept === undefined ? questions : {...questions, backups: false}
  const told = await answer(ports.kube, asked, witnesses(first, view, ports.clock))
  const answers: Answers = kept === undefined ? told : {...told, backups: kept}
  const seen = snapshot({...name, at: ports.clock.now()}, view, answers)
  if (asked.backups) memory?.keep(first, answers.backups)
  return seen
}

/** The same from a live view, for the loop. */
export async function lookAgain(
  ports: LookPorts,
  name: ClusterName,
  live: LiveView,
  ask: {questions: Questions; refresh: boolean; memory?: RepositoryMemory},
): Promise<Observed> {
  // Something was written, perhaps to the repository itself.
  if (ask.refresh) ask.memory?.forget()
  return look(ports, name, await live.view(ask.refresh), ask.questions, ask.memory)
}
