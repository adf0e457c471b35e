/** Writes objects for as long as it lives, and prints the name of each one that is stored. */
import {SqliteDatabase} from '../../../../src/lib/sandbox/apiserver/storage/database.ts'
import {Store} from '../../../../src/lib/sandbox/apiserver/storage/store.ts'

const store = new Store(new SqliteDatabase(process.argv[2] ?? ''), error => console.error(error))
for (let index = 0; ; index++) {
  const stored = store.put('/configmaps', {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: {name: `c${index}`, namespace: 'a'},
  })
  process.stdout.write(`${stored.metadata?.name} ${stored.metadata?.resourceVersion}\n`)
  if (index % 50 === 0) await new Promise(resolve => setImmediate(resolve))
}
