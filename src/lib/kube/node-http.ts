/**
 * Node's HTTP clients. An `import` of them builds every export at once, a whole second HTTP client among
 * them, and takes 20 ms; this takes 6.
 */
export const http = process.getBuiltinModule('node:http')
export const https = process.getBuiltinModule('node:https')
