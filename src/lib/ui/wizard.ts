import {CREATE_DEFAULTS, type CreateFlags} from '../verbs/create.ts'
import type {Prompts} from './prompt.ts'

const count = (text: string): true | string => (/^[1-9]\d?$/.test(text) ? true : 'a number from 1 to 99')
const quantity = (text: string): true | string =>
  /^\d+(\.\d+)?(Mi|Gi|Ti|M|G|T)$/.test(text) ? true : 'a size such as 10Gi'

/** Asks for the few choices that matter; everything else has a flag. */
export async function askForCluster(prompts: Prompts): Promise<CreateFlags> {
  const replicas = await prompts.text('How many instances?', {
    initial: String(CREATE_DEFAULTS.replicas),
    check: count,
  })
  const storage = await prompts.text('How large is each data volume?', {
    initial: CREATE_DEFAULTS.storage,
    check: quantity,
  })
  const repo = await prompts.choose('Where do backups go?', [
    {value: 'volume', name: 'to a volume in this Kubernetes'},
    {value: 'none', name: 'nowhere (not for data that matters)'},
  ])
  const flags = {replicas: Number(replicas), storage}
  if (repo === 'none') return {...flags, noBackups: true}
  const size = await prompts.text('How large is the backup volume?', {initial: '20Gi', check: quantity})
  const daily = await prompts.yesNo('A full backup each Sunday and a differential one every other night?')
  return {
    ...flags,
    repo: [`volume:${size}`],
    ...(daily ? {schedule: ['full=0 1 * * 0', 'diff=0 1 * * 1-6']} : {}),
  }
}
