import type {DocumentStatus} from '../model/document.ts'

/** Merges a patch into a status: keys are replaced as wholes, null removes one. */
export function mergeStatus(
  status: DocumentStatus,
  patch: Readonly<Record<string, unknown>>,
): DocumentStatus {
  const merged = Object.entries({...status, ...patch}).filter(
    ([, value]) => value !== null && value !== undefined,
  )
  return Object.fromEntries(merged)
}
