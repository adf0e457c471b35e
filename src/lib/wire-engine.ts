import {webcrypto} from 'node:crypto'
import type {OperatePorts} from './converge/operate.ts'
import {acquireLease} from './kube/lease.ts'
import {thisProcess} from './kube/lease-holder.ts'
import {requireImages} from './model/images.ts'
import {BackupReason} from './model/labels.ts'
import {backupJobName} from './model/names.ts'
import {parseDocument} from './model/parse.ts'
import {reposOf} from './pgbackrest/repos.ts'
import {createRenderer} from './render/renderer.ts'
import {waves} from './render/waves.ts'
import {loadTemplates} from './template-files.ts'
import type {Deps} from './wire.ts'

export interface EngineOptions {
  /** What a person should know: another pgk is waited for. */
  say(line: string): void
  /** One line for `-v`. */
  log(line: string): void
  /** A directory whose templates shadow the built-in ones. */
  templates?: string
}

/** The engine's part of the composition root; apart, so that commands which only read do not load it. */
export function wireEngine(deps: Omit<Deps, 'engine'>, options: EngineOptions): OperatePorts {
  const renderer = createRenderer(loadTemplates(options.templates))
  const {kube, store, clock, random, environment} = deps
  return {
    kube,
    store,
    clock,
    random,
    crypto: webcrypto,
    log: options.log,
    parse: parseDocument,
    render: (document, facts) => waves(renderer.cluster(document, facts)),
    firstBackupJob: (document, facts, attempt) =>
      renderer.backupJob(document, facts, {
        name: backupJobName(document.metadata.name, `init${attempt}`),
        repo: reposOf(document)[0]?.name ?? 'repo1',
        type: 'full',
        reason: BackupReason.replicaCreate,
      }),
    backupJob: (document, facts, request) => renderer.backupJob(document, facts, request),
    restoreJob: (document, facts, request) => renderer.restoreJob(document, facts, request),
    images: document => requireImages(document, environment),
    lease: (cluster, waitSeconds, signal) =>
      acquireLease(kube, clock, {
        cluster,
        holder: thisProcess(),
        waitSeconds,
        waiting: holder => options.say(`Waiting for ${holder}, which works on cluster ${cluster.name}.`),
        signal,
      }),
  }
}
