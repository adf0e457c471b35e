import {string} from '@oclif/core/flags'
import {type ObjectChange, objectChanges} from '../converge/changes.ts'
import {type OperatePorts, operate} from '../converge/operate.ts'
import {preflight} from '../converge/preflight.ts'
import {checkRights} from '../converge/rights.ts'
import {PgkError, refusedError} from '../errors.ts'
import {withDefaults} from '../model/defaults.ts'
import type {CompleteCluster, PostgresCluster} from '../model/document.ts'
import {clusterStatus} from '../observe/status.ts'
import type {DocumentRef, StoredDocument} from '../ports.ts'
import type {Owner} from '../render/facts.ts'
import {type DocumentChange, describeChange} from '../verbs/apply.ts'
import type {Deps} from '../wire.ts'
import {changeViews} from './change-view.ts'
import {ClusterCommand} from './cluster-command.ts'
import {withConnecting} from './connect-view.ts'
import {changeFlags} from './flags.ts'
import {statusViews} from './status-view.ts'

/** Flags of commands that render and converge. */
export const convergeFlags = {
  ...changeFlags,
  templates: string({summary: 'A directory of templates that replace built-in ones.', env: 'PGK_TEMPLATES'}),
  'cluster-domain': string({
    summary: 'The DNS domain of this Kubernetes.',
    default: 'cluster.local',
    env: 'PGK_CLUSTER_DOMAIN',
  }),
}

export interface ConvergeFlags {
  wait: boolean
  timeout: number
  templates?: string | undefined
  'cluster-domain': string
}

export interface CarryOutFlags extends ConvergeFlags {
  'dry-run': string
  diff: boolean
  yes: boolean
  confirm?: string | undefined
  'force-conflicts'?: boolean
}

export interface Plan {
  change: DocumentChange
  /** The document as it is now. */
  stored: StoredDocument | undefined
  /** The command line that goes on where this one stops watching. */
  resume: string
}

export interface Bringing {
  ref: DocumentRef
  /** The command line that goes on where this one stops watching. */
  resume: string
  /** How things are until then, where that is worse than before. */
  untilThen?: string
  /** True when nothing was there before. */
  fresh?: boolean
  /** The words of the restore that this is, or goes on with; any other one that stands is left alone. */
  restore?: string
  /** Writes the document, once the cluster's lease is held. */
  save: (signal: AbortSignal) => Promise<unknown>
}

/** A command that changes a document and brings the cluster to what it says. */
export abstract class ChangeCommand extends ClusterCommand {
  protected async engine(deps: Deps, {templates}: {templates?: string | undefined}): Promise<OperatePorts> {
    return deps.engine({
      ...(templates === undefined ? {} : {templates}),
      say: line => this.say(line),
      log: line => this.detail(line),
    })
  }

  /** Saves the document and works until it is true, or until one round is done with --no-wait. */
  protected async bring(deps: Deps, flags: ConvergeFlags, bringing: Bringing): Promise<void> {
    const {ref, resume, untilThen, fresh = false, restore, save} = bringing
    const ports = await this.engine(deps, flags)
    const progress = await this.progress()
    try {
      await this.watching(signal =>
        operate(ports, {
          cluster: ref,
          clusterDomain: flags['cluster-domain'],
          timeoutSeconds: flags.wait ? flags.timeout : 0,
          signal,
          resume,
          untilThen,
          fresh,
          restore,
          begin: async held => void (await save(held)),
          progress: (steps, waiting) => progress.show(steps, waiting),
        }),
      )
      await progress.stop()
    } catch (error) {
      const begun = !flags.wait && error instanceof PgkError && error.code === 'PGK_TIMED_OUT'
      await progress.stop(begun ? undefined : error instanceof Error ? error.message : String(error))
      if (!begun) throw error
      this.say(`Begun. Nothing more is done until it is run again: ${resume}`)
    }
  }

  /** The document as it is. Who may not even read it hears of all rights that lack, not only of this one. */
  protected async stored({kube, store}: Deps, ref: DocumentRef): Promise<StoredDocument | undefined> {
    try {
      return await store.get(ref)
    } catch (error) {
      if (error instanceof PgkError && error.code === 'PGK_FORBIDDEN') await checkRights(kube, ref.namespace)
      throw error
    }
  }

  /** Tells what a change means, asks, and makes it true; or with --dry-run only tells. */
  protected async carryOut(deps: Deps, flags: CarryOutFlags, plan: Plan): Promise<void> {
    const {change, stored, resume} = plan
    const {name} = change.document.metadata
    const namespace = change.document.metadata.namespace ?? deps.namespace
    const consequences = change.consequences.map(({text}) => text)
    const document = withDefaults(change.document)
    if (change.kind === 'create' && flags['dry-run'] !== 'client') {
      const request = {document, namespace, clusterDomain: flags['cluster-domain'], now: deps.clock.now()}
      await preflight(await this.engine(deps, flags), request)
    }
    if (flags['dry-run'] !== 'none') {
      const mode = flags['dry-run'] === 'server' ? 'server' : 'client'
      return this.showChanges(consequences, await this.changes(deps, flags, {document, stored, mode}))
    }
    for (const field of change.fields) this.say(describeChange(field))
    if (flags.diff) {
      const objects = await this.changes(deps, flags, {document, stored, mode: 'client'})
      const views = changeViews({apiVersion: 'pgk/v1', kind: 'Change', consequences: [], objects})
      this.say(views.table(this.colour('stderr')).trimEnd())
    }
    await this.approve(
      {
        action: `Change cluster ${name}`,
        consequences,
        severity: change.severity,
        name,
        place: `context ${deps.context}, namespace ${namespace}`,
      },
      flags,
    )
    const resourceVersion = stored?.document.metadata.resourceVersion
    const wanted = {...change.document, metadata: {...change.document.metadata, namespace}}
    const conditions = {
      force: flags['force-conflicts'] ?? false,
      ...(resourceVersion === undefined ? {} : {resourceVersion}),
    }
    const save = async (): Promise<unknown> => {
      if (change.kind === 'unchanged') return undefined
      // The lease was perhaps waited for: what another pgk made meanwhile is not written over.
      if (stored === undefined && (await deps.store.get({namespace, name})))
        throw madeMeanwhile(namespace, name)
      return deps.store.save(wanted, conditions)
    }
    await this.bring(deps, flags, {
      ref: {namespace, name},
      resume,
      fresh: change.kind === 'create',
      save,
    })
    const status = await clusterStatus(deps, {namespace, name})
    const views = statusViews(status, deps.clock.now())
    await this.show(status, change.kind === 'create' ? withConnecting(views, document, namespace) : views)
  }

  /** What applying a document would do, object by object. */
  protected async changes(
    deps: Deps,
    flags: ConvergeFlags,
    wanted: {document: CompleteCluster; stored: StoredDocument | undefined; mode: 'client' | 'server'},
  ): Promise<ObjectChange[]> {
    const {document, stored, mode} = wanted
    return objectChanges(await this.engine(deps, flags), {
      document,
      namespace: document.metadata.namespace ?? deps.namespace,
      clusterDomain: flags['cluster-domain'],
      owner: stored && ownerOf(stored),
      mode,
    })
  }

  protected async showChanges(
    consequences: readonly string[],
    objects: readonly ObjectChange[],
  ): Promise<void> {
    const change = {apiVersion: 'pgk/v1', kind: 'Change', consequences, objects} as const
    await this.show(change, changeViews(change))
  }
}

const madeMeanwhile = (namespace: string, name: string): PgkError =>
  refusedError('CLUSTER_EXISTS', `somebody else has made a cluster "${name}" in the meantime`, {
    object: `cluster ${namespace}/${name}`,
    hints: [`See it: pgk status ${name} -n ${namespace}`, 'Or run the command again: it starts from there.'],
  })

const ownerOf = ({owner: {apiVersion, kind, name, uid}}: StoredDocument): Owner => ({
  apiVersion,
  kind,
  name,
  uid,
})

/** The namespace that a manifest names and the one that the flags name must not differ. */
export function placed(
  document: PostgresCluster,
  namespace: string,
  flag: string | undefined,
): PostgresCluster {
  const own = document.metadata.namespace
  if (own !== undefined && flag !== undefined && own !== flag) {
    throw refusedError('NAMESPACE_DIFFERS', `the manifest names namespace ${own}, the command ${flag}`, {
      object: `PostgresCluster ${document.metadata.name}`,
      hints: ['Leave --namespace out, or correct metadata.namespace.'],
    })
  }
  return {...document, metadata: {...document.metadata, namespace: own ?? namespace}}
}
