import {string as stringArg} from '@oclif/core/args'
import {boolean, string} from '@oclif/core/flags'
import {takenOver} from '../../lib/converge/operate.ts'
import {type Remains, remainsOf, removeCluster} from '../../lib/converge/remove.ts'
import {notFoundError} from '../../lib/errors.ts'
import {acquireLease} from '../../lib/kube/lease.ts'
import {thisProcess} from '../../lib/kube/lease-holder.ts'
import {PgkCommand} from '../../lib/ui/command.ts'
import {duration} from '../../lib/ui/flags.ts'

function consequencesOf(remains: Remains, purge: boolean): string[] {
  const sized = remains.volumes.map(({name, size, holds}) => `${name} (${size ?? '?'}, ${holds})`)
  const pods = remains.pods.length
  const stopped =
    pods === 0
      ? 'No pod runs'
      : `${pods === 1 ? 'One pod stops' : `${pods} pods stop`}; every connection ends`
  if (!purge) {
    const kept = sized.length === 0 ? 'There are no volumes' : `Kept: ${sized.join(', ')}`
    return [stopped, kept]
  }
  const backups = remains.volumes.some(({holds}) => holds === 'backups')
  return [
    stopped,
    ...(sized.length === 0 ? [] : [`LOST FOR GOOD: ${sized.join(', ')}`]),
    ...(backups ? ['LOST FOR GOOD: every backup on those volumes; no restore is possible afterwards'] : []),
    ...(remains.secrets.length === 0 ? [] : [`Removed: ${remains.secrets.join(', ')}`]),
  ]
}

export default class DeleteCluster extends PgkCommand {
  static override summary = 'Delete a cluster. Data and backups stay, unless --purge says otherwise.'
  static override description =
    'Asks for the name; --yes is not enough. What is on object stores is never removed.\n' +
    'Needs the rights to list, watch and delete what a cluster is made of.'
  static override examples = [
    {description: 'Keep volumes, passwords and the CA', command: '<%= config.bin %> delete cluster hippo'},
    {
      description: 'Remove everything, without being asked',
      command: '<%= config.bin %> delete cluster hippo --purge --confirm hippo',
    },
  ]
  static override args = {
    name: stringArg({description: 'The cluster; it must be spelled out.', required: true}),
  }
  static override flags = {
    purge: boolean({summary: 'Also remove the volumes and all they hold: data and backups.'}),
    confirm: string({summary: 'The name of the cluster, in place of typing it.', helpValue: 'NAME'}),
    timeout: duration({summary: 'How long to wait.', default: 300, defaultHelp: async () => '5m'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(DeleteCluster)
    const deps = await this.open()
    const {kube, store, clock, namespace, context} = deps
    const cluster = {namespace, name: args.name}
    const [stored, remains] = await Promise.all([store.get(cluster), remainsOf(kube, cluster)])
    const nothing = remains.pods.length + remains.volumes.length + remains.secrets.length === 0
    if (stored === undefined && (nothing || !flags.purge)) {
      const left = remains.volumes.map(({name}) => name).join(', ')
      throw notFoundError(
        'CLUSTER_NOT_FOUND',
        `there is no cluster "${args.name}" in namespace ${namespace}`,
        {
          ...(left === '' ? {} : {reason: `only its volumes are left: ${left}`}),
          hints: [
            left === ''
              ? 'What is there: pgk list -A'
              : `Remove them as well: pgk delete cluster ${args.name} -n ${namespace} --purge`,
          ],
        },
      )
    }
    await this.approve(
      {
        action: `Delete cluster ${args.name}${flags.purge ? ' and all its data' : ''}`,
        consequences: consequencesOf(remains, flags.purge),
        severity: 'severe',
        name: args.name,
        place: `context ${context}, namespace ${namespace}`,
      },
      {confirm: flags.confirm},
    )
    const progress = await this.progress()
    let failure: string | undefined = 'not finished'
    try {
      await this.watching(async signal => {
        const lease = await acquireLease(kube, clock, {
          cluster,
          holder: thisProcess(),
          waitSeconds: flags.timeout,
          waiting: holder => this.say(`Waiting for another pgk that works on this cluster: ${holder}`),
          signal,
        })
        try {
          await removeCluster(deps, {
            cluster,
            purge: flags.purge,
            timeoutSeconds: flags.timeout,
            signal: AbortSignal.any([signal, lease.lost]),
            progress: (steps, waiting) => progress.show(steps, waiting),
          })
        } catch (error) {
          throw lease.lost.aborted ? takenOver(cluster, lease.lost, error) : error
        } finally {
          await lease.release()
        }
      })
      failure = undefined
    } finally {
      await progress.stop(failure)
    }
    const kept = flags.purge ? [] : remains.volumes.map(({name}) => name)
    const result = {
      apiVersion: 'pgk/v1',
      kind: 'Deletion',
      metadata: cluster,
      purged: flags.purge,
      keptVolumes: kept,
    } as const
    await this.show(result, {
      table: () => `Deleted cluster ${args.name}.${kept.length === 0 ? '' : ` Kept: ${kept.join(', ')}`}\n`,
      name: () => [`postgrescluster/${args.name}`],
    })
  }
}
