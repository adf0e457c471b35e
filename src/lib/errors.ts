/** The process exit codes that scripts rely on. */
export const ExitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  cancelled: 3,
  forbidden: 4,
  notFound: 5,
  refused: 6,
  timedOut: 7,
  checkFailed: 8,
  interrupted: 130,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

export interface Complaint {
  /** Stable identifier in upper case, without the `PGK_` prefix: `NAME_TOO_LONG`. */
  code: string
  /** What happened, one sentence without a full stop. */
  message: string
  /** The thing it happened to: `cluster hippo`, `field spec.instances[0].replicas`, `Secret db/hippo-pguser-app`. */
  object?: string
  /** Why, where that adds something to the message. */
  reason?: string
  /** What to run or change next; each a whole sentence or a command line. */
  hints?: string[]
  exitCode: ExitCode
  cause?: unknown
}

/** Every failure that a person is meant to read. Anything else that reaches the top is a defect of pgk. */
export class PgkError extends Error {
  readonly code: string
  readonly object: string | undefined
  readonly reason: string | undefined
  readonly hints: readonly string[]
  readonly exitCode: ExitCode

  constructor(complaint: Complaint) {
    super(complaint.message, complaint.cause === undefined ? undefined : {cause: complaint.cause})
    this.name = 'PgkError'
    this.code = `PGK_${complaint.code}`
    this.object = complaint.object
    this.reason = complaint.reason
    this.hints = complaint.hints ?? []
    this.exitCode = complaint.exitCode
  }
}

type Details = Omit<Complaint, 'exitCode' | 'code' | 'message'>

const family =
  (exitCode: ExitCode) =>
  (code: string, message: string, details: Details = {}): PgkError =>
    new PgkError({code, message, exitCode, ...details})

/** Each makes an error of one exit code: `throw usageError('NAME_INVALID', 'the name …', {hints: […]})`. */
export const failedError = family(ExitCode.failed)
export const usageError = family(ExitCode.usage)
export const cancelledError = family(ExitCode.cancelled)
export const forbiddenError = family(ExitCode.forbidden)
export const notFoundError = family(ExitCode.notFound)
export const refusedError = family(ExitCode.refused)
export const timedOutError = family(ExitCode.timedOut)
export const checkFailedError = family(ExitCode.checkFailed)
export const interruptedError = family(ExitCode.interrupted)
