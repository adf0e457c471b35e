#!/usr/bin/env node
// Runs the TypeScript sources as they are: no build between a change and a try.
import process from 'node:process'
import {fileURLToPath} from 'node:url'

const {main} = await import('../src/lib/ui/main.ts')
const root = fileURLToPath(new URL('..', import.meta.url))
process.exit(await main(process.argv.slice(2), {root, development: true}))
