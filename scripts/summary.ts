import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'

/** Adds up vitest's JSON reports in a folder and prints the line that continuous integration reads. */
function total(folder: string): {passed: number; failed: number; skipped: number} {
  const sum = {passed: 0, failed: 0, skipped: 0}
  const files = readdirSync(folder).filter(name => name.endsWith('.json'))
  for (const file of files) {
    const report: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const count = (key: string): number => {
      const value: unknown = typeof report === 'object' && report !== null ? Reflect.get(report, key) : 0
      return typeof value === 'number' ? value : 0
    }
    sum.passed += count('numPassedTests')
    sum.failed +=
      count('numFailedTests') + count('numFailedTestSuites') * (count('numFailedTests') === 0 ? 1 : 0)
    sum.skipped += count('numPendingTests')
  }
  return sum
}

const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: summary.ts FOLDER')
const {passed, failed, skipped} = total(folder)
console.log(`\n${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
