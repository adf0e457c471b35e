import type {ScheduleList, ScheduleStatus} from '../observe/schedule-report.ts'
import type {Views} from './output.ts'
import {type Column, tableText} from './table.ts'
import type {Colour} from './terminal.ts'
import {ago, moment} from './words.ts'

function stateText({state, running, failedJob}: ScheduleStatus, colour: Colour): string {
  const word = state === 'active' ? colour.green(state) : colour.yellow(state)
  const job = running[0]
  const failed = failedJob === null ? '' : colour.red(', last failed')
  return `${word}${job === undefined ? '' : `, ${job} runs`}${failed}`
}

const columns = (now: Date): Column<ScheduleStatus>[] => [
  {title: 'REPO', value: ({repo}) => repo},
  {title: 'TYPE', value: ({type}) => type},
  {title: 'CRON', value: ({cron}) => cron},
  {title: 'IN WORDS (UTC)', value: ({words}) => words},
  {title: 'STATE', value: stateText},
  {title: 'LAST', value: ({lastSucceededAt}) => ago(lastSucceededAt, now)},
  {title: 'NEXT', value: ({nextRuns}) => nextRuns[0] && moment(nextRuns[0])},
]
const wideColumns = (now: Date): Column<ScheduleStatus>[] => [
  ...columns(now),
  {title: 'THEN', value: ({nextRuns}) => nextRuns.slice(1).map(moment).join(', ') || null},
  {title: 'CRONJOB', value: ({name}) => name},
]

export function scheduleViews(found: ScheduleList, now: Date): Views {
  const text = (wide: boolean) => (colour: Colour) =>
    found.items.length === 0
      ? 'There are no schedules.\n'
      : tableText(wide ? wideColumns(now) : columns(now), found.items, colour)
  return {table: text(false), wide: text(true), name: () => found.items.map(({name}) => `cronjob/${name}`)}
}
