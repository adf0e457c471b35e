import {expect, test} from 'vitest'
import {duration} from '../../../../../src/lib/sandbox/apiserver/kinds/columns/column.ts'
import {type Json, kindOf, row, table} from './fixture.ts'

const pods = kindOf(table(), 'pods')
const running = {running: {startedAt: '2026-01-02T03:00:00Z'}}

const pod = (status: Json, spec: Json = {}, metadata: Json = {}): Json => ({
  metadata: {name: 'p', creationTimestamp: '2026-01-02T03:00:05Z', ...metadata},
  spec: {containers: [{name: 'a'}, {name: 'b'}], ...spec},
  status,
})

const status = (name: string, state: Json, more: Json = {}) => ({
  name,
  state,
  ready: true,
  restartCount: 0,
  ...more,
})

test('a running pod shows what is ready', () => {
  const containerStatuses = [status('a', running), status('b', running, {ready: false})]
  expect(row(pods, pod({phase: 'Running', podIP: '10.0.0.1', containerStatuses}, {nodeName: 'n'}))).toEqual([
    ...['p', '1/2', 'Running', '0', '4m', '10.0.0.1', 'n', '<none>', '<none>'],
  ])
})

test('restarts tell when the last one was', () => {
  const lastState = {terminated: {finishedAt: '2026-01-02T03:03:05Z'}}
  const containerStatuses = [status('a', running, {restartCount: 3, lastState})]
  expect(row(pods, pod({phase: 'Running', containerStatuses}))[3]).toBe('3 (60s ago)')
})

test.each<[string, Json, Json]>([
  [
    'CrashLoopBackOff',
    {phase: 'Running', containerStatuses: [status('a', {waiting: {reason: 'CrashLoopBackOff'}})]},
    {},
  ],
  [
    'Error',
    {phase: 'Failed', containerStatuses: [status('a', {terminated: {exitCode: 1, reason: 'Error'}})]},
    {},
  ],
  ['ExitCode:2', {phase: 'Failed', containerStatuses: [status('a', {terminated: {exitCode: 2}})]}, {}],
  [
    'Completed',
    {phase: 'Succeeded', containerStatuses: [status('a', {terminated: {exitCode: 0, reason: 'Completed'}})]},
    {},
  ],
  [
    'Init:0/1',
    {phase: 'Pending', initContainerStatuses: [status('i', running)]},
    {initContainers: [{name: 'i'}]},
  ],
  [
    'Init:Error',
    {phase: 'Pending', initContainerStatuses: [status('i', {terminated: {exitCode: 1, reason: 'Error'}})]},
    {initContainers: [{name: 'i'}]},
  ],
  [
    'PodInitializing',
    {phase: 'Pending', containerStatuses: [status('a', {waiting: {reason: 'PodInitializing'}})]},
    {},
  ],
])('shows %s', (shown, state, spec) => {
  expect(row(pods, pod(state, spec))[2]).toBe(shown)
})

test('a pod on its way out is terminating', () => {
  const leaving = {deletionTimestamp: '2026-01-02T03:04:00Z'}
  expect(row(pods, pod({phase: 'Running'}, {}, leaving))[2]).toBe('Terminating')
})

test.each([
  [0, '0s'],
  [119_000, '119s'],
  [120_000, '2m'],
  [200_000, '3m20s'],
  [600_000, '10m'],
  [3 * 3600_000, '3h'],
  [3 * 3600_000 + 60_000, '3h1m'],
  [47 * 3600_000, '47h'],
  [50 * 3600_000, '2d2h'],
  [30 * 24 * 3600_000, '30d'],
  [800 * 24 * 3600_000, '2y70d'],
])('%d milliseconds are %s', (given, shown) => {
  expect(duration(given)).toBe(shown)
})
