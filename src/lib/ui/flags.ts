import {boolean, custom, option, string} from '@oclif/core/flags'
import {usageError} from '../errors.ts'
import type {Format} from './output.ts'

const helpGroup = 'GLOBAL'

const units: Readonly<Record<string, number>> = {ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400}

/** Seconds in a duration as Kubernetes writes them: `90s`, `10m`, `1h30m`, or a bare number of seconds. */
export function parseDuration(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  if (parts.length === 0 || parts.map(part => part[0]).join('') !== text) {
    throw usageError('DURATION_INVALID', `"${text}" is no duration`, {
      hints: ['Write it as 90s, 10m, 1h30m or 2d.'],
    })
  }
  return parts.reduce((sum, [, count = '0', unit = 's']) => sum + Number(count) * (units[unit] ?? 1), 0)
}

export const duration = custom<number>({
  helpValue: '<duration>',
  parse: async text => parseDuration(text),
})

/** `-o` with the formats that a command offers. */
export const outputFlag = (offered: readonly Format[]) =>
  option({
    char: 'o',
    summary: 'How to print the result.',
    options: offered,
    default: 'table',
    env: 'PGK_OUTPUT',
    helpGroup,
  })()

/** Flags that every command takes, as kubectl names them. */
export const globalFlags = {
  namespace: string({
    char: 'n',
    summary: 'The namespace to work in.',
    env: 'PGK_NAMESPACE',
    helpGroup,
  }),
  kubeconfig: string({
    summary: 'The kubeconfig to use.',
    helpValue: '<file>',
    env: 'PGK_KUBECONFIG',
    helpGroup,
  }),
  context: string({summary: 'The kubeconfig context to use.', env: 'PGK_CONTEXT', helpGroup}),
  as: string({summary: 'The user to act as.', env: 'PGK_AS', helpGroup}),
  'request-timeout': duration({
    summary: 'How long one request to Kubernetes may take; 0 for ever.',
    env: 'PGK_REQUEST_TIMEOUT',
    helpGroup,
  }),
  output: outputFlag(['table', 'wide', 'json', 'yaml', 'name']),
  json: boolean({summary: 'The same as -o json.', helpGroup}),
  color: boolean({
    summary: 'Colours, where the terminal shows them.',
    allowNo: true,
    default: true,
    helpGroup,
  }),
  explain: boolean({
    summary: 'Tell each call that changes or enters something as a kubectl command, on stderr.',
    helpGroup,
  }),
  verbose: boolean({char: 'v', summary: 'Say more on stderr.', env: 'PGK_VERBOSE', helpGroup}),
  quiet: boolean({char: 'q', summary: 'Say nothing but the result.', env: 'PGK_QUIET', helpGroup}),
}

/** Flags of every command that changes a cluster. */
export const changeFlags = {
  'dry-run': option({
    summary: 'Only show what would change; server lets Kubernetes check it.',
    options: ['none', 'client', 'server'] as const,
    default: 'none',
  })(),
  diff: boolean({summary: 'Show the change of each Kubernetes object before anything is asked.'}),
  yes: boolean({
    char: 'y',
    summary: 'Answer yes where a yes or no is asked. Never enough for a severe step.',
  }),
  wait: boolean({summary: 'Wait until it is done and seen to be true.', allowNo: true, default: true}),
  timeout: duration({summary: 'How long to wait.', default: 600, defaultHelp: async () => '10m'}),
}
