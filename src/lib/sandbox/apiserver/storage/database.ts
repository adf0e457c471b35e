import {chmodSync, closeSync, openSync} from 'node:fs'
import type {StatementSync} from 'node:sqlite'
import {DatabaseSync} from 'node:sqlite'
import {storageFull} from '../status.ts'

export interface StoredRow {
  resource: string
  key: string
  json: string
}

/**
 * The objects' copy on disk. Every write is in the operating system's hands when the call returns; one that throws
 * has left nothing.
 */
export interface Database {
  load(): {version: number; rows: StoredRow[]}
  put(row: StoredRow, version: number): void
  remove(resource: string, key: string, version: number): void
  close(): void
}

/** For tests and throw-away servers: nothing is kept. */
export const noDatabase: Database = {
  load: () => ({version: 0, rows: []}),
  put: () => {},
  remove: () => {},
  close: () => {},
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS objects (
    resource TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (resource, key)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL);
  INSERT OR IGNORE INTO counter (id, version) VALUES (1, 0);
`

/**
 * SQLite in WAL mode. Without fsync per write it survives the death of the process, which is what a
 * sandbox must survive; a power cut may lose the last moments but never corrupts the file.
 */
export class SqliteDatabase implements Database {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #put: StatementSync
  readonly #remove: StatementSync
  readonly #count: StatementSync

  constructor(path: string) {
    this.#path = path
    // It holds Secrets; the files beside it get the same rights.
    closeSync(openSync(path, 'a', 0o600))
    chmodSync(path, 0o600)
    this.#database = new DatabaseSync(path)
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000')
    this.#database.exec(SCHEMA)
    this.#put = this.#database.prepare(
      'INSERT INTO objects (resource, key, version, json) VALUES (?, ?, ?, ?) ' +
        'ON CONFLICT (resource, key) DO UPDATE SET version = excluded.version, json = excluded.json',
    )
    this.#remove = this.#database.prepare('DELETE FROM objects WHERE resource = ? AND key = ?')
    this.#count = this.#database.prepare('UPDATE counter SET version = ?')
  }

  load(): {version: number; rows: StoredRow[]} {
    const rows = this.#database.prepare('SELECT resource, key, json FROM objects').all()
    const highest = this.#database
      .prepare('SELECT max((SELECT version FROM counter), coalesce(max(version), 0)) AS version FROM objects')
      .get()
    return {
      version: Number(highest?.['version'] ?? 0),
      rows: rows.map(row => ({
        resource: String(row['resource']),
        key: String(row['key']),
        json: String(row['json']),
      })),
    }
  }

  put(row: StoredRow, version: number): void {
    this.#write(() => this.#put.run(row.resource, row.key, version, row.json))
  }

  remove(resource: string, key: string, version: number): void {
    this.#write(() => {
      this.#database.exec('BEGIN')
      this.#remove.run(resource, key)
      this.#count.run(version)
      this.#database.exec('COMMIT')
    })
  }

  close(): void {
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch (error) {
      // The log is as good a copy as any; the next start reads it.
      if (!isFull(error)) throw error
    }
    this.#database.close()
  }

  #write(change: () => void): void {
    try {
      change()
    } catch (error) {
      // SQLite has ended the transaction by itself after some failures, after others not.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw isFull(error) ? storageFull(this.#path) : error
    }
  }
}

/** SQLITE_FULL, and what it becomes where the index of the log in shared memory finds no room. */
const fullCodes: ReadonlySet<unknown> = new Set([13, 4874])

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && fullCodes.has(error.errcode)
