import {string} from '@oclif/core/flags'
import {at, text} from '../lib/observe/fields.ts'
import {leaderPod} from '../lib/observe/leader.ts'
import {ClusterCommand, clusterArgs} from '../lib/ui/cluster-command.ts'

/** What comes after `--` is psql's own. */
function split(argv: readonly string[]): {own: string[]; passed: string[]} {
  const end = argv.indexOf('--')
  return end === -1 ? {own: [...argv], passed: []} : {own: argv.slice(0, end), passed: argv.slice(end + 1)}
}

export default class Psql extends ClusterCommand {
  static override summary = 'Run psql in the leader’s pod, as the superuser postgres.'
  static override description =
    'Needs no password and no psql on this machine. Pipes work; the exit code is psql’s.\n' +
    'SQL given with -c is part of the request to Kubernetes and so of its audit log; give a secret with -f.\n' +
    'Needs the rights to get endpoints and to create pods/exec.'
  static override examples = [
    '<%= config.bin %> psql hippo',
    '<%= config.bin %> psql hippo -c "select now()"',
    {description: 'A file of this machine', command: '<%= config.bin %> psql hippo -f schema.sql'},
    {description: 'psql’s own options', command: '<%= config.bin %> psql hippo -- -At -c "select 1"'},
    {
      description: 'Data in through a pipe',
      command: 'cat rows.csv | <%= config.bin %> psql hippo -c "copy t from stdin csv"',
    },
  ]
  static override args = clusterArgs
  static override flags = {
    command: string({char: 'c', summary: 'Run this SQL and exit; may be repeated.', multiple: true}),
    file: string({char: 'f', summary: 'Run this file of this machine; - is stdin.', exclusive: ['command']}),
    database: string({char: 'd', summary: 'The database; the cluster’s first one where it has any.'}),
    instance: string({summary: 'Connect to this instance in place of the leader.', helpValue: 'hippo-pg-2'}),
  }

  async run(): Promise<void> {
    const {own, passed} = split(this.argv)
    this.argv = own
    const {args, flags} = await this.begin(Psql)
    const deps = await this.open()
    const {document} = await this.cluster(args.name, deps)
    const {name = '', namespace = ''} = document.metadata
    const pod =
      flags.instance === undefined ? await leaderPod(deps, {namespace, name}) : `${flags.instance}-0`
    const database = flags.database ?? firstDatabase(document['spec'], name)
    const sql = flags.command ?? []
    const target = {
      namespace,
      pod,
      container: 'database',
      command: ['psql', '-d', database, ...sql.flatMap(one => ['-c', one])],
    }
    const input = flags.file === undefined ? undefined : await this.world.readFile(flags.file)
    if (input !== undefined) {
      const command = [...target.command, '-v', 'ON_ERROR_STOP=1', '-f', '-', ...passed]
      const {stdout, stderr, exitCode} = await deps.kube.exec({...target, command, stdin: input})
      this.world.terminal.stdout.write(stdout)
      this.world.terminal.stderr.write(stderr)
      return this.exit(exitCode)
    }
    const {stdin, stdout} = this.world.terminal
    const talks = sql.length === 0 && passed.length === 0
    const tty = talks && Boolean(stdin.isTTY) && Boolean(stdout.isTTY)
    // The container's file system is read-only: a history could not be kept.
    const history = tty ? ['-v', 'HISTFILE=/dev/null'] : []
    const command = [...target.command, ...history, ...passed]
    const code = await deps.kube.execAttached({...target, command, tty})
    if (code !== 0) this.exit(code)
  }
}

/** Where the document names no users there is one database, named after the cluster. */
function firstDatabase(spec: unknown, cluster: string): string {
  const users = at(spec, 'users')
  if (!Array.isArray(users)) return cluster
  return users.map(user => text(user, 'databases', 0)).find(name => name !== undefined) ?? 'postgres'
}
