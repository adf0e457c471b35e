import {describe, expect, it} from 'vitest'
import type {Answer} from '../../../src/lib/observe/questions.ts'
import {RepositoryMemory} from '../../../src/lib/observe/repository-memory.ts'
import type {Observed} from '../../../src/lib/observe/snapshot.ts'
import {parseInfo, type StanzaInfo} from '../../../src/lib/pgbackrest/info.ts'
import {at, job, observed, pod} from '../../fakes/observed.ts'

const told: Answer<StanzaInfo> = {known: true, value: parseInfo('[]')}
const before = observed({jobs: [job('hippo-backup-abcde', {state: 'active'})], repoHost: pod('repo')})
const later = (milliseconds: number, change: Partial<Observed> = {}): Observed => ({
  ...before,
  at: new Date(at.getTime() + milliseconds),
  ...change,
})
const kept = (answer: Answer<StanzaInfo> | undefined = told): RepositoryMemory => {
  const memory = new RepositoryMemory()
  memory.keep(before, answer)
  return memory
}

describe('what the repositories told', () => {
  it('counts for two seconds', () => {
    expect(kept().recall(later(1_999))).toBe(told)
    expect(kept().recall(later(2_000))).toBeUndefined()
    expect(kept().recall(later(-3_600_000))).toBeUndefined()
  })

  it.each<[string, Partial<Observed>]>([
    ['a Job ends', {jobs: [job('hippo-backup-abcde', {state: 'complete'})]}],
    ['a Job goes', {jobs: []}],
    ['another repository host answers', {repoHost: pod('repo', {uid: 'other'})}],
    ['the repository host stops', {repoHost: pod('repo', {ready: false})}],
  ])('is asked again when %s', (_, change) => {
    expect(kept().recall(later(100, change))).toBeUndefined()
  })

  it('is asked again after a write, and until it is known', () => {
    const memory = kept()
    memory.forget()
    expect(memory.recall(later(100))).toBeUndefined()
    expect(kept({known: false, reason: 'busy'}).recall(later(100))).toBeUndefined()
    expect(new RepositoryMemory().recall(later(100))).toBeUndefined()
  })
})
