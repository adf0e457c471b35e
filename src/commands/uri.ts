import {boolean, string} from '@oclif/core/flags'
import {connectionOf} from '../lib/observe/connection.ts'
import {ClusterCommand, clusterArgs} from '../lib/ui/cluster-command.ts'
import {outputFlag} from '../lib/ui/flags.ts'

export default class Uri extends ClusterCommand {
  static override summary = 'Print how to connect to a cluster.'
  static override description =
    'The password is shown only when asked for: with --show-password, or with a yes on a terminal.\n' +
    'The address is reached from inside Kubernetes. Needs the right to get secrets.'
  static override examples = [
    '<%= config.bin %> uri hippo',
    {
      description: 'For a program’s environment',
      command: '<%= config.bin %> uri hippo --show-password -o env > .env',
    },
    {
      description: 'Of the replicas, as user app',
      command: '<%= config.bin %> uri hippo --user app --replicas',
    },
  ]
  static override args = clusterArgs
  static override flags = {
    output: outputFlag(['table', 'json', 'yaml', 'env']),
    user: string({summary: 'The user; the cluster’s first one where none is named.'}),
    replicas: boolean({summary: 'The address of the replicas, for reading only.'}),
    'show-password': boolean({summary: 'Show the password.'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.begin(Uri)
    const deps = await this.open()
    const {document} = await this.cluster(args.name, deps)
    const shown =
      flags['show-password'] ||
      (this.interactive && (await this.world.prompts.yesNo('Show the password on this terminal?')))
    const request = {user: flags.user, replicas: flags.replicas, showPassword: shown}
    const connection = await connectionOf(deps.kube, document, request)
    if (!shown) this.say('The password is masked; show it with --show-password.')
    await this.show(connection, {
      table: () => `${connection.uri}\n`,
      env: () => [
        `PGHOST=${connection.host}`,
        `PGPORT=${connection.port}`,
        `PGUSER=${connection.user}`,
        ...(connection.database === null ? [] : [`PGDATABASE=${connection.database}`]),
        ...(connection.password === null ? [] : [`PGPASSWORD=${connection.password}`]),
        'PGSSLMODE=require',
        `DATABASE_URL=${connection.uri}`,
      ],
    })
  }
}
