import type {CompleteCluster} from '../model/document.ts'
import {clusterNames, pgUserSecretName} from '../model/names.ts'
import type {Views} from './output.ts'
import type {Colour} from './terminal.ts'

/** How to connect to a cluster that now runs: for the person, and for an application. */
function lines(document: CompleteCluster, namespace: string, colour: Colour): string[] {
  const {name} = document.metadata
  const [user] = document.spec.users
  const here = `${name} -n ${namespace}`
  const application =
    user === undefined
      ? []
      : [
          `  In a URI     pgk uri ${here} --show-password`,
          `  In a pod     Secret ${pgUserSecretName(name, user.name)}: uri, and its parts`,
          `  To verify    Secret ${clusterNames(name).clusterCertSecret}: ca.crt, with sslmode=verify-full`,
        ]
  return ['', colour.dim('CONNECT'), `  By hand      pgk psql ${here}`, ...application]
}

/** The status screen, followed by how to connect. */
export const withConnecting = (views: Views, document: CompleteCluster, namespace: string): Views => ({
  ...views,
  table: (colour, width) => `${views.table(colour, width)}${lines(document, namespace, colour).join('\n')}\n`,
})
