#!/usr/bin/env node
// Written so that an old Node can still parse it and say what is wrong.
import module from 'node:module'
import process from 'node:process'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 19)) {
  // The npm package `node` brings one that is new enough; a checkout has it.
  const {existsSync} = await import('node:fs')
  const {spawnSync} = await import('node:child_process')
  const own = `${root}node_modules/node/bin/node`
  if (!existsSync(own)) {
    process.stderr.write(
      `Error: pgk needs Node 22.19 or newer; this is ${process.version} (PGK_NODE_TOO_OLD)\n` +
        '  Next:   npm install --global node@24\n',
    )
    process.exit(1)
  }
  const child = spawnSync(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {stdio: 'inherit'})
  process.exit(child.status ?? (child.signal === 'SIGINT' ? 130 : 1))
}

module.enableCompileCache?.()
const argv = process.argv.slice(2)

if (argv.length === 1 && argv[0] === '--version') {
  const {readFileSync} = await import('node:fs')
  const {version} = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  process.stdout.write(`pgk/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
} else {
  const {main} = await import('../dist/lib/ui/main.js')
  const {flush} = await import('@oclif/core/flush')
  const code = await main(argv, {root})
  await flush()
  process.exit(code)
}
