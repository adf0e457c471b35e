import {describe, expect, it} from 'vitest'
import {decideDrill} from '../../../src/lib/decide/restore/drill.ts'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {Label} from '../../../src/lib/model/labels.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import type {JobSeen} from '../../../src/lib/observe/seen.ts'
import type {Observed} from '../../../src/lib/observe/snapshot.ts'
import {clusterDocument} from '../../fakes/deps.ts'
import {at, job, observed} from '../../fakes/observed.ts'

const document = withDefaults(parseDocument(clusterDocument('hippo'), 'test'))
const own = {apiVersion: 'batch/v1', kind: 'Job', metadata: {name: 'hippo-drill-own', namespace: 'db'}}
const drill = (name: string, change: Partial<JobSeen> = {}): JobSeen =>
  job(name, {labels: {[Label.pgbackrestDrill]: ''}, state: 'active', ...change})
const secondsAgo = (seconds: number): string => new Date(at.getTime() - seconds * 1000).toISOString()
const volume = (name: string): Observed['objects'] =>
  new Map([['PersistentVolumeClaim', [{apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: {name}}]]])
const decided = (change: Partial<Observed>) =>
  decideDrill(
    {name: 'hippo-drill-own', document, set: 'pg', sql: undefined, job: () => own},
    observed(change),
  )
const removed = (change: Partial<Observed>): string[] =>
  decided(change).actions.flatMap(action => (action.kind === 'remove-job' ? [action.job] : []))

describe('a drill', () => {
  it('starts with its Job, and then makes the volume that goes with it', () => {
    expect(decided({}).actions).toEqual([{kind: 'start-job', job: own}])
    const [wave = []] = decided({jobs: [drill('hippo-drill-own', {uid: 'u'})]}).waves
    expect(wave.map(({kind}) => kind)).toEqual(['PersistentVolumeClaim'])
    expect(wave[0]?.metadata.ownerReferences).toMatchObject([{name: 'hippo-drill-own', uid: 'u'}])
  })

  it('clears away what ended, and what nobody made a volume for', () => {
    expect(removed({jobs: [drill('old', {state: 'complete'})]})).toEqual(['old'])
    expect(removed({jobs: [drill('old', {startedAt: secondsAgo(300)})]})).toEqual(['old'])
  })

  it.each<[string, Partial<Observed>]>([
    ['has its volume', {jobs: [drill('old', {startedAt: secondsAgo(300)})], objects: volume('old')}],
    ['has just started', {jobs: [drill('old', {startedAt: secondsAgo(30)})]}],
    ['has not started', {jobs: [drill('old', {startedAt: undefined})]}],
    ['goes already', {jobs: [drill('old', {state: 'complete', deleting: true})]}],
    ['is no drill', {jobs: [job('old', {state: 'complete', labels: {}})]}],
  ])('leaves one alone that %s', (_, change) => {
    expect(removed(change)).toEqual([])
  })
})
