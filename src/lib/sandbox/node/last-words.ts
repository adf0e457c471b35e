import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Pod} from 'kubernetes-types/core/v1.d.ts'
import {containerNamed} from './containers.ts'
import {messagePathAnnotation} from './labels.ts'
import type {ContainerRecord} from './runtime.ts'
import {logPath} from './sandbox-config.ts'
import {restartCountOf} from './status/containers.ts'

const messageLimit = 4096
const fallbackLimit = 2048
const fallbackLines = 80

const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')

/** What a container that ended wrote to its termination message file, or the end of its log where it says so. */
export async function readLastWords(pod: Pod, record: ContainerRecord, logFolder: string): Promise<string> {
  const file = record.annotations[messagePathAnnotation]
  const message = file ? (await textOf(file)).slice(0, messageLimit) : ''
  const policy = containerNamed(pod, record.name)?.terminationMessagePolicy
  if (message !== '' || policy !== 'FallbackToLogsOnError' || record.exitCode === 0) return message
  const log = await textOf(join(logFolder, logPath(record.name, restartCountOf(record))))
  const lines = log.split('\n').map(line => line.replace(/^\S+ \S+ \S+ ?/, ''))
  return lines.slice(-fallbackLines).join('\n').slice(-fallbackLimit)
}
