import type {Fault, FaultDone} from './fault.ts'

/** One fault on one line: `pause-1: pod db/hippo-0 is paused, until 10:04:05`. */
export function faultLine({id, text, until}: Fault): string {
  const end = until === null ? '' : `, until ${new Date(until).toTimeString().slice(0, 8)}`
  return `${id}: ${text}${end}`
}

/** The result of a command that breaks something. */
export function faultResult({fault, text}: FaultDone) {
  return {
    apiVersion: 'pgk/v1',
    kind: 'SandboxFault',
    id: fault?.id ?? null,
    text,
    since: fault?.since ?? null,
    until: fault?.until ?? null,
  } as const
}

/** How it looks to a person, and what to do next. */
export function faultViews(sandbox: string, {fault, text}: FaultDone) {
  const name = sandbox === 'default' ? '' : ` --name ${sandbox}`
  const next = fault === null ? '' : `Undo it: pgk sandbox fault undo ${fault.id}${name}\n`
  const until = fault?.until ? `, until ${new Date(fault.until).toTimeString().slice(0, 8)}` : ''
  return {
    table: () => `${text.charAt(0).toUpperCase()}${text.slice(1)}${until}.\n${next}`,
    name: () => (fault === null ? [] : [`fault/${fault.id}`]),
  }
}

/** The result of a command that lists faults, or tells which ones ended. */
export function faultsResult(faults: readonly Fault[]) {
  const items = faults.map(({id, fault, text, since, until}) => ({id, kind: fault.kind, text, since, until}))
  return {apiVersion: 'pgk/v1', kind: 'SandboxFaults', items} as const
}

export function faultsViews(faults: readonly Fault[], none: string) {
  return {
    table: () => (faults.length === 0 ? `${none}\n` : faults.map(each => `${faultLine(each)}\n`).join('')),
    name: () => faults.map(({id}) => `fault/${id}`),
  }
}
