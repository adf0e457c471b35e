import {cancelledError} from '../errors.ts'
import type {Severity} from '../verbs/consequences.ts'
import type {Colour} from './terminal.ts'

/** What a person must know before saying yes. */
export interface Approval {
  /** What is about to happen, as a question's subject: `Delete the cluster hippo`. */
  action: string
  /** Restarts, switchovers, pauses, what is lost: one sentence each. */
  consequences: readonly string[]
  /** none: told, not asked. moderate: y/N or --yes. severe: the name typed, or --confirm NAME. */
  severity: Severity
  /** The name that a severe step wants typed. */
  name: string
  /** Where it would happen: `context prod, namespace db`. */
  place: string
}

export interface Asking {
  yes: boolean
  confirm: string | undefined
  canAsk: boolean
  colour: Colour
  say: (line: string) => void
  askYesNo: (question: string) => Promise<boolean>
  askText: (question: string) => Promise<string>
}

const missing = (approval: Approval, flag: string): Error =>
  cancelledError('CONFIRMATION_MISSING', 'this needs a confirmation, and nobody can be asked here', {
    object: approval.name,
    reason: approval.action,
    hints: [`Confirm it on the command line: ${flag}`],
  })

const declined = (approval: Approval): Error =>
  cancelledError('DECLINED', 'declined; nothing was changed', {object: approval.name})

/** Prints the consequences, then asks. Returns only when the step is approved. */
export async function approve(approval: Approval, asking: Asking): Promise<void> {
  const {colour} = asking
  for (const line of approval.consequences) {
    asking.say(`${approval.severity === 'severe' ? colour.red('!') : colour.yellow('•')} ${line}`)
  }
  if (approval.severity === 'none') return
  if (approval.severity === 'moderate') {
    if (asking.yes) return
    if (!asking.canAsk) throw missing(approval, '--yes')
    if (!(await asking.askYesNo(`${approval.action} (${approval.place})?`))) throw declined(approval)
    return
  }
  if (asking.confirm !== undefined) {
    if (asking.confirm === approval.name) return
    throw cancelledError(
      'CONFIRMATION_WRONG',
      `--confirm names "${asking.confirm}", not "${approval.name}"`,
      {
        object: approval.name,
        hints: [`If that is the one you mean: --confirm ${approval.name}`],
      },
    )
  }
  if (!asking.canAsk) throw missing(approval, `--confirm ${approval.name}`)
  const typed = await asking.askText(
    `${approval.action} (${approval.place}). Type ${approval.name} to go on:`,
  )
  if (typed.trim() !== approval.name) throw declined(approval)
}
