import {boolean, integer, string} from '@oclif/core/flags'
import {refusedError, usageError} from '../lib/errors.ts'
import {count, text} from '../lib/observe/fields.ts'
import type {StoredDocument} from '../lib/ports.ts'
import {type ConvergeFlags, convergeFlags} from '../lib/ui/change-command.ts'
import {CloneCommand} from '../lib/ui/clone-command.ts'
import {clusterArgs} from '../lib/ui/cluster-command.ts'
import {refuseTarget, targetFlags} from '../lib/ui/restore-flags.ts'
import type {TargetFlags} from '../lib/verbs/restore-target.ts'

/** `--undo` goes to the end of the timeline that the last restore left. */
function undone(stored: StoredDocument): {latest: true; timeline: number} {
  const timeline = count(stored.document, 'status', 'restored', 'fromTimeline')
  const outcome = text(stored.document, 'status', 'restored', 'outcome')
  if (timeline !== undefined && outcome === 'restored') return {latest: true, timeline}
  throw refusedError('NOTHING_TO_UNDO', 'no restore of this cluster is known', {
    object: `cluster ${stored.document.metadata.name}`,
    hints: ['Name the target: --latest --timeline N'],
  })
}

export default class Restore extends CloneCommand {
  static override summary = 'Restore a cluster to a moment, over itself or into a new one.'
  static override description =
    'Shows first whether the target can be reached, from which backup and WAL, and what is lost; a target\n' +
    'that cannot is refused with nothing touched. In place, the present data stays aside until the restored\n' +
    'instance leads, and comes back by itself when the target turns out not to be there. Stopped at any\n' +
    'point, the same command goes on.\n' +
    'Needs the rights of create cluster, in one namespace.'
  static override examples = [
    {
      description: 'What would happen',
      command: '<%= config.bin %> restore hippo --pitr "10 minutes ago" --plan',
    },
    {
      description: 'Over itself',
      command: '<%= config.bin %> restore hippo --in-place --pitr 2026-11-23T08:15:00Z --confirm hippo',
    },
    {
      description: 'Into a new cluster',
      command: '<%= config.bin %> restore hippo --to rhino --pitr "10 minutes ago"',
    },
    {description: 'Take the last restore back', command: '<%= config.bin %> restore hippo --in-place --undo'},
    {
      description: 'Give up one that was interrupted before it touched any data',
      command: '<%= config.bin %> restore hippo --cancel',
    },
  ]
  static override args = clusterArgs
  static override flags = {
    ...targetFlags,
    undo: boolean({summary: 'Back to the state before the last restore.'}),
    to: string({summary: 'Into a new cluster of this name; the source goes on.', helpValue: 'NEW'}),
    'to-namespace': string({summary: 'The namespace of the new cluster. [default: the source’s]'}),
    replicas: integer({summary: 'Number of instances of the new cluster. [default: the source’s]', min: 1}),
    'in-place': boolean({summary: 'Over the cluster itself. What was written after the target is lost.'}),
    cancel: boolean({summary: 'Give up a restore in place that has not touched any data yet.'}),
    plan: boolean({summary: 'Only show what would happen.'}),
    confirm: string({summary: 'The name of the cluster, in place of typing it.', helpValue: 'NAME'}),
    ...convergeFlags,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(Restore)
    if (args.name === undefined) {
      throw usageError('CLUSTER_MISSING', 'a restore needs the name of the cluster spelled out', {
        hints: ['pgk restore hippo --pitr "10 minutes ago" --plan'],
      })
    }
    const {to} = flags
    if (flags.cancel) return this.cancelled(args.name, flags)
    if (flags.undo) refuseTarget(flags, '--undo')
    if (flags['in-place'] && !flags.wait) {
      throw usageError(
        'FLAGS_CONFLICT',
        'a restore in place is waited for: the cluster is down until it is over',
        {
          hints: ['Leave --no-wait out; stopped at any point, the same command goes on.'],
        },
      )
    }
    if (to !== undefined && flags['in-place']) {
      throw usageError('FLAGS_CONFLICT', '--to and --in-place contradict each other')
    }
    if (flags['in-place'] && flags['dry-run'] !== 'none') {
      throw usageError('FLAGS_CONFLICT', 'for a restore in place, --plan shows what would happen')
    }
    if (to === undefined && !flags['in-place'] && !flags.plan) {
      throw usageError('DESTINATION_MISSING', 'say where the restored data is to go', {
        hints: [
          '--in-place over the cluster itself',
          '--to NEW into a new cluster',
          '--plan only shows what would happen',
        ],
      })
    }
    for (const name of ['to-namespace', 'replicas'] as const) {
      if (to === undefined && flags[name] !== undefined)
        throw usageError('FLAGS_CONFLICT', `--${name} is for a new cluster: it needs --to NEW`)
    }
    const deps = await this.open()
    const ref = {namespace: deps.namespace, name: args.name}
    const target = flags.undo ? {...flags, ...undone(await this.cluster(args.name, deps))} : flags
    if (to === undefined) return this.inPlace(deps, target, ref)
    const namespace = flags['to-namespace'] ?? deps.namespace
    await this.clone(deps, target, {from: ref, to: {namespace, name: to}})
  }

  private async cancelled(
    name: string,
    flags: ConvergeFlags & TargetFlags & Record<string, unknown>,
  ): Promise<void> {
    refuseTarget(flags, '--cancel')
    const others = ['undo', 'to', 'to-namespace', 'replicas', 'in-place', 'plan', 'diff']
    const beside = others.find(other => flags[other] !== undefined && flags[other] !== false)
    if (beside !== undefined || flags['dry-run'] !== 'none') {
      const other = beside ?? 'dry-run'
      throw usageError('FLAGS_CONFLICT', `--cancel and --${other} contradict each other`)
    }
    const deps = await this.open()
    await this.giveUp(deps, flags, {namespace: deps.namespace, name})
  }
}
