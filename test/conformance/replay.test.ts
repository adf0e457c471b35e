import {readFileSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {listOf, readPath, textOf} from '../../src/lib/sandbox/apiserver/json.ts'
import {call} from './client.ts'
import type {Cluster} from './cluster.ts'
import {ADMIN_TOKEN, startCluster} from './cluster.ts'
import {type Machine, startMachine, whyNoPods} from './life/machine.ts'
import {LifeRun} from './life/run.ts'
import {LIVES} from './life/scenarios.ts'
import type {Scenario} from './recording.ts'
import {needsNode, readScenarios} from './recording.ts'
import type {Outcome} from './run.ts'
import {Replay} from './run.ts'

const all = readScenarios()
const scenarios = all.filter(scenario => !needsNode(scenario))
const lives = all.filter(needsNode)
const noPods = whyNoPods()
let machine: Machine | undefined
let cluster: Cluster
const outcomes: Outcome[] = []

/** The certificate that the recorded cluster gave to its pods. */
function recordedCertificate(all: readonly Scenario[]): string {
  const watches = all.find(({scenario}) => scenario === 'watches')
  const events = listOf(watches?.steps[4]?.response)
  const found = events.map(event => readPath(event, 'object.data')).find(data => data !== undefined)
  return textOf(Object.values(found ?? {})[0]) ?? ''
}

/** Steps that are known to differ: `- scenario#step: why`. */
const known = new Map(
  [...readFileSync(new URL('./KNOWN.md', import.meta.url), 'utf8').matchAll(/^- `(\w+#\d+)`: (.*)/gm)].map(
    ([, key = '', why]) => [key, why] as const,
  ),
)

beforeAll(async () => {
  cluster = await startCluster(recordedCertificate(scenarios))
})
afterAll(async () => {
  await cluster.stop()
  report()
})

/** The conformance figure, by scenario. */
function report(): void {
  for (const {scenario, steps} of all) {
    if (noPods !== undefined && scenario in LIVES) {
      console.info(`${scenario.padEnd(20)} ${steps.length} steps not replayed: ${noPods}`)
      continue
    }
    const matching = outcomes.filter(it => it.key.startsWith(`${scenario}#`) && it.differences.length === 0)
    console.info(`${scenario.padEnd(20)} ${matching.length} of ${steps.length}`)
  }
  const different = outcomes.filter(it => it.differences.length > 0)
  for (const {key} of different) console.info(`${key} differs: ${known.get(key) ?? 'not in KNOWN.md'}`)
  const matching = outcomes.filter(it => it.differences.length === 0)
  const share = ((100 * matching.length) / outcomes.length).toFixed(1)
  console.info(`${'all'.padEnd(20)} ${matching.length} of ${outcomes.length}: ${share} %`)
}

function judge(found: readonly Outcome[]): void {
  outcomes.push(...found)
  const different = found.filter(outcome => outcome.differences.length > 0)
  const wrongStatus = different.filter(({differences}) => differences[0]?.startsWith('status:'))
  expect(wrongStatus.map(describeOutcome).join('\n'), 'status codes').toBe('')
  const unexpected = different.filter(({key}) => !known.has(key))
  expect(unexpected.map(describeOutcome).join('\n')).toBe('')
  const mended = found.filter(({key, differences}) => known.has(key) && differences.length === 0)
  expect(mended.map(({key}) => key)).toEqual([])
}

const describeOutcome = ({key, step, differences}: Outcome): string =>
  `${key} ${step.method} ${step.path}\n${differences.map(line => `    ${line}`).join('\n')}`

/** Recorded lists of resources by path. */
const recordedLists = scenarios
  .filter(({scenario}) => scenario === 'discovery')
  .flatMap(({steps}) => steps)
  .filter(({response}) => readPath(response, 'kind') === 'APIResourceList')

describe('discovery', () => {
  it('lists nothing otherwise than a real Kubernetes does', async () => {
    for (const {path, response} of recordedLists) {
      const answer = await call(cluster.server.url, 'GET', path, {token: ADMIN_TOKEN})
      const recorded = new Map(listOf(readPath(response, 'resources')).map(it => [readPath(it, 'name'), it]))
      for (const listed of listOf(readPath(answer.body, 'resources'))) {
        const name = readPath(listed, 'name')
        if (name === 'customresourcedefinitions') continue
        expect(listed, `${path} ${name}`).toEqual(recorded.get(name))
      }
    }
  })
})

describe('answers like a real Kubernetes', () => {
  for (const scenario of scenarios) {
    it(`${scenario.scenario}: every step but those in KNOWN.md`, async () => {
      judge(await new Replay(cluster.server.url, ADMIN_TOKEN, scenario).run())
    })
  }
})

/** Pods that run: on a sandbox of the tests' own, whose containers are real. */
describe.skipIf(noPods !== undefined)('lives like a real Kubernetes', () => {
  beforeAll(async () => {
    machine = await startMachine()
  })
  afterAll(() => machine?.stop())
  for (const scenario of lives) {
    it(`${scenario.scenario}: every step but those in KNOWN.md`, async () => {
      if (machine === undefined) throw new Error('the sandbox did not start')
      const run = new LifeRun(machine, scenario)
      await run.namespace()
      await LIVES[scenario.scenario]?.(run)
      expect(run.outcomes).toHaveLength(scenario.steps.length)
      judge(run.outcomes)
    })
  }
})
