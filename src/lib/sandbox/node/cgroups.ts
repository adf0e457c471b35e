import {readdir, rmdir} from 'node:fs/promises'
import {join} from 'node:path'
import {cgroupOf} from './sandbox-config.ts'

const top = '/sys/fs/cgroup'

const folders = async (path: string): Promise<string[]> => {
  const entries = await readdir(path, {withFileTypes: true}).catch(() => [])
  return entries.filter(each => each.isDirectory()).map(each => join(path, each.name))
}

/** Control groups are removed from the leaves up; those still in use stay. */
async function removeTree(path: string): Promise<void> {
  for (const child of await folders(path)) await removeTree(child)
  await rmdir(path).catch(() => undefined)
}

/** Every hierarchy's root: one with cgroup v2, one for each controller with v1. */
const hierarchies = async (): Promise<string[]> => [top, ...(await folders(top))]

/** Removes the empty control groups that a pod leaves behind. */
export async function removeCgroup(root: string, podUid: string): Promise<void> {
  const group = cgroupOf(root, podUid)
  for (const hierarchy of await hierarchies()) await removeTree(join(hierarchy, group))
}
