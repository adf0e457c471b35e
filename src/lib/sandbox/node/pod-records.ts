import type {ContainerRecord, Runtime, SandboxRecord} from './runtime.ts'

const newestFirst = <T extends {createdAt: number; attempt: number}>(a: T, b: T): number =>
  b.createdAt - a.createdAt || b.attempt - a.attempt

const pauses = [2, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560]

/** What the runtime holds of one pod, as last seen. */
export class PodRecords {
  sandboxes: readonly SandboxRecord[]
  containers: readonly ContainerRecord[]
  /** Grows with every change. */
  revision = 0
  private readonly runtime: Runtime

  constructor(runtime: Runtime, sandboxes: readonly SandboxRecord[], containers: readonly ContainerRecord[]) {
    this.runtime = runtime
    this.sandboxes = sandboxes.toSorted(newestFirst)
    this.containers = containers.toSorted(newestFirst)
  }

  get running(): ContainerRecord[] {
    return this.containers.filter(each => each.state === 'running')
  }

  owns(id: string): boolean {
    return [...this.sandboxes, ...this.containers].some(each => each.id === id)
  }

  noteSandbox(record: SandboxRecord): void {
    this.revision += 1
    this.sandboxes = [record, ...this.sandboxes.filter(each => each.id !== record.id)].sort(newestFirst)
  }

  noteContainer(record: ContainerRecord): void {
    this.revision += 1
    const before = this.containers.find(each => each.id === record.id)
    const user = record.user ?? before?.user
    const merged = user ? {...record, user} : record
    this.containers = [merged, ...this.containers.filter(each => each.id !== record.id)].sort(newestFirst)
  }

  forget(id: string): void {
    this.revision += 1
    this.sandboxes = this.sandboxes.filter(each => each.id !== id)
    this.containers = this.containers.filter(each => each.id !== id)
  }

  /** Asks the runtime about one sandbox or container. */
  async refresh(id: string): Promise<void> {
    const isSandbox = this.sandboxes.some(each => each.id === id)
    if (isSandbox) {
      const found = await this.runtime.sandbox(id)
      if (found) this.noteSandbox(found)
      else this.forget(id)
      return
    }
    const found = await this.runtime.container(id)
    if (found) this.noteContainer(found)
    else this.forget(id)
  }

  /** The same after the news that it has ended, which reach the runtime's own books a moment later. */
  async refreshEnded(id: string, pause: (milliseconds: number) => Promise<void>): Promise<void> {
    for (const milliseconds of pauses) {
      await this.refresh(id)
      const sandbox = this.sandboxes.find(each => each.id === id)
      const container = this.containers.find(each => each.id === id)
      if (!sandbox?.ready && container?.state !== 'running') return
      await pause(milliseconds)
    }
  }

  /** Takes over what a listing of everything found of this pod. */
  replace(sandboxes: readonly SandboxRecord[], containers: readonly ContainerRecord[]): boolean {
    const before = JSON.stringify([this.sandboxes, this.containers.map(each => [each.id, each.state])])
    this.sandboxes = sandboxes.toSorted(newestFirst)
    const users = new Map(this.containers.map(each => [each.id, each.user]))
    const known = containers.map(each => {
      const user = each.user ?? users.get(each.id)
      return user ? {...each, user} : each
    })
    this.containers = known.sort(newestFirst)
    const after = JSON.stringify([this.sandboxes, this.containers.map(each => [each.id, each.state])])
    return before !== after
  }
}
