import {string} from '@oclif/core/flags'
import {withDefaults} from '../lib/model/defaults.ts'
import {parseDocument} from '../lib/model/parse.ts'
import {ChangeCommand, convergeFlags, placed} from '../lib/ui/change-command.ts'
import {differing} from '../lib/ui/change-view.ts'
import {applyDocument, describeChange} from '../lib/verbs/apply.ts'

export default class Diff extends ChangeCommand {
  static override summary = 'Show what applying a manifest would change. Exit code 1 where it would.'
  static override description =
    'Lists the changed fields and their consequences on stderr, and on stdout the change of each Kubernetes\n' +
    'object, as the server would make it. Values of Secrets are masked. Nothing is written.\n' +
    'Needs the rights of create cluster, as the server checks a dry run like a write.'
  static override examples = [
    '<%= config.bin %> diff -f hippo.yaml',
    {
      description: 'Has anything drifted?',
      command: '<%= config.bin %> export hippo | <%= config.bin %> diff -f - -o name',
    },
  ]
  static override args = {}
  static override flags = {
    filename: string({char: 'f', summary: 'The manifest; - is stdin.', helpValue: '<file>', required: true}),
    templates: convergeFlags.templates,
    'cluster-domain': convergeFlags['cluster-domain'],
  }

  async run(): Promise<void> {
    const {flags} = await this.begin(Diff)
    const {filename} = flags
    const manifest = parseDocument(await this.world.readFile(filename), filename)
    const deps = await this.open()
    const wanted = placed(manifest, deps.namespace, flags.namespace)
    const {name, namespace = deps.namespace} = wanted.metadata
    const stored = await deps.store.get({namespace, name})
    const existing = stored && parseDocument(stored.document, `cluster ${namespace}/${name}`)
    const change = applyDocument(wanted, existing)
    for (const field of change.fields) this.say(describeChange(field))
    const objects = await this.changes(
      deps,
      {...flags, wait: false, timeout: 0},
      {
        document: withDefaults(change.document),
        stored,
        mode: 'server',
      },
    )
    const consequences = change.consequences.map(({text}) => text)
    await this.showChanges(consequences, objects)
    if (change.kind !== 'unchanged' || differing({objects}).length > 0) this.exit(1)
  }
}
