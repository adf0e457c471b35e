// Completes a build: the data that stands beside the sources, which the compiler leaves behind, and
// oclif.manifest.json, with which a command starts without loading all the others.
import {cpSync, globSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {Plugin} from '@oclif/core/config'

const root = fileURLToPath(new URL('..', import.meta.url))
for (const file of globSync('src/**/*.json', {cwd: root})) {
  cpSync(path.join(root, file), path.join(root, 'dist', path.relative('src', file)))
}
const plugin = new Plugin({root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true})
await plugin.load()
const file = path.join(root, 'oclif.manifest.json')
writeFileSync(file, `${JSON.stringify(plugin.manifest, undefined, 2)}\n`)
process.stdout.write(`${Object.keys(plugin.manifest.commands).length} commands in ${path.basename(file)}\n`)
