import {complaint, refuseOtherKinds} from './complaint.ts'
import {API_VERSION, type PostgresCluster} from './document.ts'
import {salvage} from './salvage.ts'
import {postgresCluster} from './schema/document.ts'
import {checkStructure} from './structure.ts'

/**
 * Reads a document from the cluster for showing: fields that this pgk does not know, or finds wrong, are
 * left out, so that another version's clusters can still be listed. Never write the result back.
 */
export function readStored(value: unknown, source: string): PostgresCluster {
  refuseOtherKinds(value, source)
  const document = salvage(postgresCluster, value)
  if (document === undefined) {
    throw complaint(checkStructure(postgresCluster, value).problems, value, source)
  }
  return {...document, apiVersion: API_VERSION}
}
