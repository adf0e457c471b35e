import type {PostgresCluster} from './document.ts'
import type {Problem} from './problem.ts'
import {ruleProblems} from './rules.ts'
import {postgresCluster} from './schema/document.ts'
import {checkStructure} from './structure.ts'
import {unbuiltProblems} from './unbuilt.ts'

/** Checks a value that claims to be a PostgresCluster: the document, or everything that is wrong with it. */
export function checkDocument(
  value: unknown,
): {document: PostgresCluster; problems: []} | {document: undefined; problems: Problem[]} {
  const {value: document, problems: found} = checkStructure(postgresCluster, value)
  const problems = [
    ...found,
    ...(document === undefined ? [] : ruleProblems(document)),
    ...unbuiltProblems(value),
  ]
  return document === undefined || problems.length > 0
    ? {document: undefined, problems}
    : {document, problems: []}
}
