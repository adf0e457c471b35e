import type {StanzaInfo} from '../pgbackrest/info.ts'
import type {Answer} from './questions.ts'
import type {Observed} from './snapshot.ts'

/** How old what the repositories told may be. */
const keptMilliseconds = 2_000

/** What writes to a repository: another state of a Job or another repository host makes the answer old. */
const writers = ({jobs, repoHost}: Observed): string =>
  JSON.stringify([jobs.map(({uid, state}) => [uid, state]), repoHost?.uid, repoHost?.ready])

/**
 * The last answer of `pgbackrest info`, for a loop that looks several times a second: each question is a
 * process beside the database, and what it tells changes only when a Job ends or pgk itself writes.
 */
export class RepositoryMemory {
  #kept: {at: number; writers: string; answer: Answer<StanzaInfo>} | undefined

  /** `seen` is what the objects showed before the question. A question that failed is asked again. */
  keep(seen: Observed, answer: Answer<StanzaInfo> | undefined): void {
    this.#kept = answer?.known ? {at: seen.at.getTime(), writers: writers(seen), answer} : undefined
  }

  recall(seen: Observed): Answer<StanzaInfo> | undefined {
    const kept = this.#kept
    if (kept === undefined || kept.writers !== writers(seen)) return undefined
    const age = seen.at.getTime() - kept.at
    // Less than none where the clock was set back: then it is not known how old it is.
    return age >= 0 && age < keptMilliseconds ? kept.answer : undefined
  }

  forget(): void {
    this.#kept = undefined
  }
}
