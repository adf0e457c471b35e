import {string} from '@oclif/core/args'
import {notFoundError, usageError} from '../errors.ts'
import {nearest} from '../model/problem.ts'
import type {StoredDocument} from '../ports.ts'
import type {Deps} from '../wire.ts'
import {PgkCommand} from './command.ts'

export const clusterArgs = {
  name: string({
    description: 'The cluster. May be left out where there is only one, or PGK_CLUSTER names it.',
  }),
}

const nameOf = ({document}: StoredDocument): string => document.metadata.name ?? ''

/** A command about one cluster, which knows how to find out which. */
export abstract class ClusterCommand extends PgkCommand {
  /**
   * The cluster that is meant: the one named, else PGK_CLUSTER, else the only one of the namespace, else
   * the one that the person picks.
   */
  protected async cluster(name: string | undefined, deps: Deps): Promise<StoredDocument> {
    const named = name ?? (this.world.terminal.environment['PGK_CLUSTER'] || undefined)
    return named === undefined ? this.#only(deps) : this.#named(named, deps)
  }

  /** What else can be done about a cluster that is not there. */
  protected hintsForGone(_name: string): string[] {
    return []
  }

  async #named(name: string, {store, namespace}: Deps): Promise<StoredDocument> {
    const found = await store.get({namespace, name})
    if (found) return found
    const others = (await store.list({namespace})).map(nameOf)
    const meant = nearest(name, others)
    throw notFoundError('CLUSTER_NOT_FOUND', `there is no cluster "${name}" in namespace ${namespace}`, {
      object: `cluster ${namespace}/${name}`,
      hints: [
        ...(meant === undefined ? [] : [`Did you mean ${meant}?`]),
        ...this.hintsForGone(name),
        others.length === 0 ? 'In all namespaces: pgk list -A' : `There are: ${others.join(', ')}`,
      ],
    })
  }

  async #only({store, namespace}: Deps): Promise<StoredDocument> {
    const clusters = await store.list({namespace})
    const [first] = clusters
    if (first === undefined) {
      throw notFoundError('NO_CLUSTERS', `there is no cluster in namespace ${namespace}`, {
        hints: ['In all namespaces: pgk list -A', 'Create one: pgk create cluster hippo'],
      })
    }
    if (clusters.length === 1) {
      this.say(`Using cluster ${nameOf(first)}, the only one in namespace ${namespace}.`)
      return first
    }
    const names = clusters.map(nameOf)
    if (!this.interactive) {
      throw usageError('CLUSTER_MISSING', 'say which cluster', {
        reason: `namespace ${namespace} has ${names.length}: ${names.join(', ')}`,
        hints: ['Name it as the argument, or in PGK_CLUSTER.'],
      })
    }
    const chosen = await this.world.prompts.choose(
      'Which cluster?',
      names.map(value => ({value, name: value})),
    )
    const found = clusters.find(cluster => nameOf(cluster) === chosen)
    if (found) return found
    throw usageError('CLUSTER_MISSING', 'no cluster was chosen')
  }
}
