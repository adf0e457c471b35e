import {crd} from '../lib/model/crd.ts'
import {PgkCommand} from '../lib/ui/command.ts'

export default class Install extends PgkCommand {
  static override summary = 'Install the PostgresCluster resource, so that kubectl knows clusters too.'
  static override flags = {}
  static override args = {}
  async run(): Promise<void> {
    await this.begin(Install)
    const {kube} = await this.open()
    await kube.apply(crd(), {})
  }
}
