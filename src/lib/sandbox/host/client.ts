import {request} from 'node:https'
import {failedError} from '../../errors.ts'
import type {SandboxPki} from './pki.ts'
import type {Settings} from './settings.ts'

/** Asks the sandbox's API server as its administrator. Rejects when it does not answer with success. */
export function askApi(settings: Settings, pki: SandboxPki, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: settings.apiPort,
        path,
        ca: pki.authority.certificate,
        cert: pki.admin.certificate,
        key: pki.admin.key,
        agent: false,
        timeout: 5000,
      },
      response => {
        let text = ''
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece
        })
        response.on('end', () => {
          if (response.statusCode === 200) resolve(text)
          else
            reject(failedError('SANDBOX_API', `the sandbox's API answers ${response.statusCode} to ${path}`))
        })
      },
    )
    call.on('timeout', () => call.destroy(new Error(`no answer to ${path} within 5 s`)))
    call.on('error', reject)
    call.end()
  })
}

/** The URL that kubectl uses on this machine. */
export function serverUrl(settings: Settings): string {
  return `https://127.0.0.1:${settings.apiPort}`
}
