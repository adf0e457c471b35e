import type {DocumentStatus} from './document.ts'

/** What is to be different in a status: keys are replaced as wholes, null removes one. */
export type StatusPatch = Readonly<Record<string, unknown>>

/** A key whose parts belong to different commands: they are replaced one by one. */
const sharedKey = 'pgbackrest'

const present = (record: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null && value !== undefined))

/** Merges a patch into a status. */
export function mergeStatus(status: DocumentStatus, patch: StatusPatch): DocumentStatus {
  const part = patch[sharedKey]
  const shared =
    typeof part === 'object' && part !== null
      ? {[sharedKey]: present({...status[sharedKey], ...part})}
      : undefined
  return present({...status, ...patch, ...shared})
}
