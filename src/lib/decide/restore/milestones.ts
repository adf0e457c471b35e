import type {Milestone} from '../decision.ts'
import type {Phase, RestoreOperation} from './request.ts'

const titles: readonly {id: string; title: string; phases: readonly Phase[]}[] = [
  {id: 'safeguard', title: 'Backup of the present state', phases: ['safeguard']},
  {id: 'stopped', title: 'Instances stopped', phases: ['stop', 'forget']},
  {id: 'restored', title: 'Data restored', phases: ['copy', 'restore']},
  {id: 'returned', title: 'Old data brought back', phases: ['return', 'restart']},
  {id: 'first', title: 'Restored instance leads', phases: ['start']},
  {id: 'rejoined', title: 'Instances rejoined', phases: ['rejoin']},
  {id: 'secured', title: 'Backup on the new timeline', phases: ['backup']},
]

/** The steps of a restore as the reader sees them. */
export function milestonesOf(
  {phase, kind, request}: RestoreOperation,
  detail: string | undefined,
): Milestone[] {
  const failed = request.failure !== undefined
  const shown = titles.filter(({id}) => {
    if (id === 'safeguard') return phase === 'safeguard'
    if (id === 'returned') return failed
    if (id === 'stopped') return kind === 'restore'
    if (id === 'first') return !failed
    return id === 'restored' || (!failed && kind === 'restore')
  })
  const active = shown.findIndex(({phases}) => phases.includes(phase))
  return shown.map(({id, title}, index): Milestone => {
    if (failed && id === 'restored') return {id, title, state: 'failed', detail: request.failure ?? ''}
    const state = index < active ? 'done' : index === active ? 'active' : 'pending'
    return {id, title, state, ...(index === active && detail !== undefined ? {detail} : {})}
  })
}
