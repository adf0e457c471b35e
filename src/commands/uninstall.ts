import {string} from '@oclif/core/flags'
import {refusedError} from '../lib/errors.ts'
import {CRD_NAME} from '../lib/model/crd.ts'
import {PgkCommand} from '../lib/ui/command.ts'

const kind = {apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition'}

export default class Uninstall extends PgkCommand {
  static override summary = 'Remove the PostgresCluster resource from this Kubernetes.'
  static override description =
    'Refused while clusters live in it: Kubernetes would delete them with the resource.\n' +
    'Needs the right to delete customresourcedefinitions.apiextensions.k8s.io in the whole cluster.'
  static override examples = [`<%= config.bin %> uninstall --confirm ${CRD_NAME}`]
  static override args = {}
  static override flags = {
    confirm: string({summary: 'The name of the resource, in place of typing it.', helpValue: CRD_NAME}),
  }

  async run(): Promise<void> {
    const {flags} = await this.begin(Uninstall)
    const {kube, store, context} = await this.open()
    const living = (await store.list()).filter(({home}) => home === 'CustomResource')
    const names = living.map(({document: {metadata}}) => `${metadata.namespace}/${metadata.name}`)
    if (names.length > 0) {
      throw refusedError('CLUSTERS_LEFT', 'clusters live in the resource and would be deleted with it', {
        object: CRD_NAME,
        reason: names.join(', '),
        hints: ['Delete them first: pgk delete cluster NAME'],
      })
    }
    await this.approve(
      {
        action: `Remove ${CRD_NAME}`,
        consequences: ['kubectl no longer knows PostgresClusters; documents in ConfigMaps stay'],
        severity: 'severe',
        name: CRD_NAME,
        place: `context ${context}`,
      },
      flags,
    )
    const removed = await kube.delete({...kind, name: CRD_NAME})
    await this.show(
      {apiVersion: 'pgk/v1', kind: 'Installation', name: CRD_NAME, installed: false, removed},
      {
        table: () => (removed ? `Removed ${CRD_NAME}\n` : `${CRD_NAME} was not installed\n`),
        name: () => [`customresourcedefinition/${CRD_NAME}`],
      },
    )
  }
}
