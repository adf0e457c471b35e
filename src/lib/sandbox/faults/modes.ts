import {usageError} from '../../errors.ts'

/** How an API server can misbehave. */
export const apiModes = ['slow', '429', '500', '409', 'watch-drop', 'down', 'silent'] as const
export type ApiMode = (typeof apiModes)[number]

export function parseApiMode(text: string): ApiMode {
  const found = apiModes.find(mode => mode === text)
  if (found !== undefined) return found
  throw usageError('FAULT_MODE', `the API server cannot be \`${text}\``, {
    hints: [`One of: ${apiModes.join(', ')}`],
  })
}
