import {setTimeout as sleep} from 'node:timers/promises'

/**
 * Asks until the answer is yes, every 20 to 100 ms. False when the time, in milliseconds, is over.
 * Only for conditions that nothing can announce: a process's end, a socket's beginning.
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  milliseconds: number,
): Promise<boolean> {
  const deadline = performance.now() + milliseconds
  for (let pause = 20; ; pause = Math.min(100, pause * 1.5)) {
    if (await condition()) return true
    if (performance.now() + pause > deadline) return false
    await sleep(pause)
  }
}
