import {boolean, string} from '@oclif/core/flags'
import {parseDocument} from '../lib/model/parse.ts'
import {BucketCommand} from '../lib/ui/bucket-command.ts'
import {convergeFlags, placed} from '../lib/ui/change-command.ts'
import {applyDocument} from '../lib/verbs/apply.ts'

export default class Apply extends BucketCommand {
  static override summary = 'Make a cluster what a manifest says: create it, or change it.'
  static override description =
    'Says first which fields change and what that means: restarts, pauses, what is lost. What a running\n' +
    'cluster cannot take is refused before anything is touched.\n' +
    'Needs the same rights as create cluster.'
  static override examples = [
    '<%= config.bin %> apply -f hippo.yaml',
    {
      description: 'Change one field',
      command:
        '<%= config.bin %> export hippo | sed "s/replicas: 2/replicas: 3/" | <%= config.bin %> apply -f -',
    },
  ]
  static override args = {}
  static override flags = {
    filename: string({char: 'f', summary: 'The manifest; - is stdin.', helpValue: '<file>', required: true}),
    ...convergeFlags,
    confirm: string({summary: 'The name of the cluster, where a change loses data.', helpValue: 'NAME'}),
    'force-conflicts': boolean({summary: 'Take over fields of the document that another manager owns.'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.begin(Apply)
    const {filename} = flags
    const manifest = parseDocument(await this.world.readFile(filename), filename)
    const deps = await this.open()
    const wanted = placed(manifest, deps.namespace, flags.namespace)
    const {name, namespace = deps.namespace} = wanted.metadata
    const stored = await this.stored(deps, {namespace, name})
    const existing = stored && parseDocument(stored.document, `cluster ${namespace}/${name}`)
    const change = applyDocument(wanted, existing)
    if (change.kind === 'unchanged') this.say(`Cluster ${name} is as described; seeing that it is complete.`)
    if (change.kind === 'create' && flags['dry-run'] === 'none')
      await this.fromBucket(deps, flags, change.document, {plan: false})
    await this.carryOut(deps, flags, {change, stored, resume: this.commandLine})
  }
}
