import {readdirSync, readFileSync} from 'node:fs'

/** One recorded request with the answer of a real Kubernetes. */
export interface Step {
  method: string
  path: string
  type?: string
  accept?: string
  /** Who asked; an administrator where absent. */
  as?: string
  body?: unknown
  /** `eventually`, or the status that ends the polling. */
  poll?: string | number
  status: number
  response: unknown
}

export interface Scenario {
  scenario: string
  steps: Step[]
}

const folder = new URL('./recordings/', import.meta.url)

/** Scenarios whose objects only live where a kubelet runs pods. */
const NEED_A_NODE = new Set(['jobs_life', 'statefulset_life', 'statefulset_ondelete'])

export const needsNode = ({scenario}: Scenario): boolean => NEED_A_NODE.has(scenario)

export function readScenarios(): Scenario[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .sort()
    .map((name): Scenario => JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
}

/** One request that Patroni made: method, path, headers, body, status. */
export interface PatroniRequest {
  m: string
  p: string
  h: Record<string, string>
  b: string
  s: number
}

export function readPatroniRequests(): PatroniRequest[] {
  return readFileSync(new URL('patroni-api.jsonl', folder), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map((line): PatroniRequest => JSON.parse(line))
}
