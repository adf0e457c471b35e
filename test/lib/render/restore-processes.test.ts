import {expect, it} from 'vitest'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import {restoreView} from '../../../src/lib/render/restore-view.ts'
import {clusterDocument} from '../../fakes/deps.ts'

type Change = {own?: string; job?: string; global?: string; option?: string}

/** The options of its restore that say how many processes copy. */
function processes({own, job, global, option}: Change): string[] {
  const limits = (cpu: string | undefined) => (cpu === undefined ? {} : {resources: {limits: {cpu}}})
  const claim = {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}}
  const pgbackrest = {
    repos: [{name: 'repo1', volume: {volumeClaimSpec: claim}}],
    restore: {enabled: false, repoName: 'repo1', ...limits(job)},
    ...(global === undefined ? {} : {global: {'process-max': global}}),
  }
  const spec = {instances: [{name: 'pg', dataVolumeClaimSpec: claim, ...limits(own)}], backups: {pgbackrest}}
  const document = withDefaults(parseDocument(clusterDocument('hippo', spec), 'test'))
  const options = ['--set=x', ...(option === undefined ? [] : [`--process-max=${option}`])]
  const request = {id: 'abcde', mode: 'restore', instance: 'hippo-pg-1', set: 'pg', options} as const
  const {command} = restoreView(document, request)
  return command.filter(word => word.startsWith('--process-max'))
}

it.each<[string, Change, string[]]>([
  ['nothing without a limit: the node is asked', {}, []],
  ['whole processors of the limit of the instance', {own: '2500m'}, ['--process-max=2']],
  ['the limit of the Job before it', {own: '8', job: '500m'}, ['--process-max=1']],
  ['nothing where the document says it', {own: '8', global: '3'}, []],
  ['what its own options say', {own: '8', option: '5'}, ['--process-max=5']],
])('a restore is told %s', (_, change, expected) => {
  expect(processes(change)).toEqual(expected)
})
