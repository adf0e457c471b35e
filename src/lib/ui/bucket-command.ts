import {lookIntoBucket} from '../converge/look-repository.ts'
import {usageError} from '../errors.ts'
import {withDefaults} from '../model/defaults.ts'
import type {PostgresCluster} from '../model/document.ts'
import {parseDocument} from '../model/parse.ts'
import type {StoredDocument} from '../ports.ts'
import {jobSuffix} from '../verbs/backup.ts'
import {type BucketPlan, keepTarget, pinTo, planBucket, sourcePlace} from '../verbs/data-source.ts'
import {unreachableError} from '../verbs/restore.ts'
import type {Wanted} from '../verbs/restore-target.ts'
import type {Deps} from '../wire.ts'
import {type BucketFlags, targetIn} from './bucket-flags.ts'
import type {ConvergeFlags} from './change-command.ts'
import {RestoreCommand} from './restore-command.ts'
import {planViews} from './restore-view.ts'

/** A command that may make a cluster from a bucket. */
export abstract class BucketCommand extends RestoreCommand {
  /**
   * Looks into the bucket that a new cluster is to begin with, and says what would be restored; undefined
   * where it begins empty. Throws where nothing could come of it: nothing is made by then.
   */
  protected async fromBucket(
    deps: Deps,
    flags: ConvergeFlags,
    document: PostgresCluster,
    {target, plan}: {target?: Wanted | undefined; plan: boolean},
  ): Promise<BucketPlan | undefined> {
    const source = document.spec.dataSource?.pgbackrest
    if (source === undefined) return undefined
    const {name, namespace = deps.namespace} = document.metadata
    const place = sourcePlace(source)
    const complete = withDefaults(document)
    const ports = await this.engine(deps, flags)
    this.say(`Looking into ${place}, with a Job that goes again.`)
    const seen = await this.watching(signal =>
      lookIntoBucket(ports, {
        ...{document: complete, namespace, source, signal},
        clusterDomain: flags['cluster-domain'],
        id: jobSuffix(deps.random.bytes(5)),
      }),
    )
    const planned = planBucket(complete, source, seen, target)
    if (plan) await this.show(planned.plan, planViews(planned.plan))
    else this.sayPlan(planned.plan)
    const {choice} = planned
    if (!choice.reachable) {
      throw unreachableError(
        choice,
        {name, namespace},
        {object: place, hint: 'Choose a moment that the bucket holds.'},
      )
    }
    if (!plan) for (const line of planned.plan.consequences) this.say(`• ${line}`)
    return planned
  }

  /**
   * The document with the target that it begins at, where it begins with a bucket's data: looked for when
   * nothing is there yet, kept when it was begun. Undefined when only the plan was wanted.
   */
  protected async begun(
    deps: Deps,
    flags: BucketFlags & ConvergeFlags & {'dry-run': string},
    {wanted, stored}: {wanted: PostgresCluster; stored: StoredDocument | undefined},
  ): Promise<PostgresCluster | undefined> {
    const source = wanted.spec.dataSource?.pgbackrest
    if (flags.plan && source === undefined) {
      throw usageError('FLAGS_CONFLICT', '--plan shows what would be restored, and nothing is', {
        hints: ['What would be made: --dry-run server'],
      })
    }
    const byFlags = flags['from-repo'] !== undefined
    const target = async (): Promise<Wanted> => this.wanted(targetIn(flags), deps.clock.now())
    if (stored !== undefined && !flags.plan) {
      const {name, namespace} = wanted.metadata
      const existing = parseDocument(stored.document, `cluster ${namespace}/${name}`)
      return byFlags ? keepTarget(wanted, existing, (await target()).text) : wanted
    }
    if (source === undefined || (!flags.plan && flags['dry-run'] !== 'none')) return wanted
    const asked = byFlags ? await target() : undefined
    const planned = await this.fromBucket(deps, flags, wanted, {target: asked, plan: flags.plan})
    if (flags.plan) return undefined
    return byFlags && planned !== undefined ? pinTo(wanted, planned) : wanted
  }
}
