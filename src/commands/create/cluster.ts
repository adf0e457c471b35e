import {string as stringArg} from '@oclif/core/args'
import {boolean, string} from '@oclif/core/flags'
import {refusedError, usageError} from '../../lib/errors.ts'
import type {PostgresCluster} from '../../lib/model/document.ts'
import {parseDocument} from '../../lib/model/parse.ts'
import type {StoredDocument} from '../../lib/ports.ts'
import {BucketCommand} from '../../lib/ui/bucket-command.ts'
import {bucketFlags, refusePointWithoutBucket} from '../../lib/ui/bucket-flags.ts'
import {convergeFlags, placed} from '../../lib/ui/change-command.ts'
import {asCreateFlags, createFlags, givenChoices} from '../../lib/ui/create-flags.ts'
import {askForCluster} from '../../lib/ui/wizard.ts'
import {applyDocument, type DocumentChange, describeChange} from '../../lib/verbs/apply.ts'
import {createDocument} from '../../lib/verbs/create.ts'
import {differences} from '../../lib/verbs/difference.ts'

/** A cluster that is there is gone on with when it is the one described, and left alone when it is not. */
function changeTo(wanted: PostgresCluster, stored: StoredDocument | undefined): DocumentChange {
  if (stored === undefined) return applyDocument(wanted, undefined)
  const {name, namespace} = wanted.metadata
  const existing = parseDocument(stored.document, `cluster ${namespace}/${name}`)
  const fields = differences(existing, wanted)
  if (fields.length === 0) return applyDocument(wanted, existing)
  throw refusedError('CLUSTER_EXISTS', `there is another cluster "${name}" already`, {
    object: `cluster ${namespace}/${name}`,
    reason: fields.map(describeChange).join('\n'),
    hints: [
      'Choose another name.',
      `Or change the one that is there: pgk export ${name} -n ${namespace} > ${name}.yaml, edit it, pgk apply -f ${name}.yaml`,
    ],
  })
}

export default class CreateCluster extends BucketCommand {
  static override summary = 'Create a highly available Postgres cluster with backups.'
  static override description =
    'Done means that a client can write through the primary Service, all replicas stream and the first\n' +
    'backup is there. Run again, it goes on with what it began. Without flags a terminal is asked.\n' +
    'Needs the rights that its preflight names when one is missing; all of them are in one namespace.'
  static override examples = [
    '<%= config.bin %> create cluster hippo',
    '<%= config.bin %> create cluster hippo --replicas 3 --memory 4Gi --storage 100Gi --repo volume:200Gi',
    {
      description: 'Backups on S3, a full one each Sunday',
      command:
        '<%= config.bin %> create cluster hippo --repo "s3://backups/hippo?endpoint=s3.example.com&region=eu-1&secret=s3-keys" --schedule full="0 1 * * 0"',
    },
    {
      description: 'The cluster is gone, its bucket is not: what could be restored',
      command:
        '<%= config.bin %> create cluster hippo --from-repo "s3://backups/hippo?endpoint=s3.example.com&region=eu-1&secret=s3-keys" --plan',
    },
    {description: 'From a manifest', command: '<%= config.bin %> create cluster -f hippo.yaml'},
    {
      description: 'What would be made',
      command: '<%= config.bin %> create cluster hippo --dry-run server -o wide',
    },
  ]
  static override args = {
    name: stringArg({description: 'Name of the new cluster. A manifest brings its own.'}),
  }
  static override flags = {
    filename: string({
      char: 'f',
      summary: 'A manifest in place of the flags; - is stdin.',
      helpValue: '<file>',
    }),
    ...createFlags,
    ...bucketFlags,
    ...convergeFlags,
    'force-conflicts': boolean({summary: 'Take over fields of the document that another manager owns.'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(CreateCluster)
    const given = givenChoices(flags)
    if (flags.filename !== undefined && given.length > 0) {
      throw usageError('FLAGS_CONFLICT', `a manifest and --${given[0]} contradict each other`, {
        hints: ['Write the choice into the manifest.'],
      })
    }
    refusePointWithoutBucket(flags)
    const {filename} = flags
    const manifest =
      filename === undefined ? undefined : parseDocument(await this.world.readFile(filename), filename)
    const name = manifest?.metadata.name ?? args.name ?? (await this.askName())
    if (args.name !== undefined && args.name !== name) {
      throw usageError('NAME_DIFFERS', `the manifest is of cluster ${name}, not ${args.name}`)
    }
    const asks = manifest === undefined && given.length === 0 && this.interactive && !flags.yes
    const answers = asks ? await askForCluster(this.world.prompts) : undefined
    const deps = await this.open()
    const wanted = placed(
      manifest ??
        createDocument(
          name,
          answers ? {...answers, namespace: deps.namespace} : asCreateFlags(flags, deps.namespace),
        ),
      deps.namespace,
      flags.namespace,
    )
    const namespace = wanted.metadata.namespace ?? deps.namespace
    const stored = await this.stored(deps, {namespace, name})
    const document = await this.begun(deps, flags, {wanted, stored})
    if (document === undefined) return
    const change = changeTo(document, stored)
    if (change.kind === 'unchanged')
      this.say(`Cluster ${name} is there already, as described; seeing that it is complete.`)
    await this.carryOut(deps, flags, {change, stored, resume: this.commandLine})
  }

  private async askName(): Promise<string> {
    if (this.interactive)
      return this.world.prompts.text('What is the name of the cluster?', {initial: 'hippo'})
    throw usageError('NAME_MISSING', 'a new cluster needs a name', {
      hints: ['pgk create cluster hippo', 'Or give a manifest with -f.'],
    })
  }
}
