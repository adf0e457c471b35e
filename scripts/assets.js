// Puts the data files that the code reads at run time beside the compiled code.
import {cpSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

const from = fileURLToPath(new URL('../src', import.meta.url))
const to = fileURLToPath(new URL('../dist', import.meta.url))
cpSync(from, to, {recursive: true, filter: path => !/\.[a-z]+$/.test(path) || path.endsWith('.json')})
