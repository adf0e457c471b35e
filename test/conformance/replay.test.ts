import {readFileSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {listOf, readPath, textOf} from '../../src/lib/sandbox/apiserver/json.ts'
import {call} from './client.ts'
import type {Cluster} from './cluster.ts'
import {ADMIN_TOKEN, startCluster} from './cluster.ts'
import type {Scenario} from './recording.ts'
import {readScenarios} from './recording.ts'
import type {Outcome} from './run.ts'
import {Replay} from './run.ts'

const scenarios = readScenarios()
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
const known = new Set(
  [...readFileSync(new URL('./KNOWN.md', import.meta.url), 'utf8').matchAll(/^- `(\w+#\d+)`/gm)].map(
    ([, key]) => key,
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
  for (const {scenario, steps} of scenarios) {
    const matching = outcomes.filter(it => it.key.startsWith(`${scenario}#`) && it.differences.length === 0)
    console.info(`${scenario.padEnd(14)} ${matching.length} of ${steps.length}`)
  }
  const matching = outcomes.filter(it => it.differences.length === 0)
  const share = ((100 * matching.length) / outcomes.length).toFixed(1)
  console.info(`${'all'.padEnd(14)} ${matching.length} of ${outcomes.length}: ${share} %`)
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
      const found = await new Replay(cluster.server.url, ADMIN_TOKEN, scenario).run()
      outcomes.push(...found)
      const different = found.filter(outcome => outcome.differences.length > 0)
      const unexpected = different.filter(({key}) => !known.has(key))
      expect(unexpected.map(describeOutcome).join('\n')).toBe('')
      const mended = found.filter(({key, differences}) => known.has(key) && differences.length === 0)
      expect(mended.map(({key}) => key)).toEqual([])
    })
  }
})
