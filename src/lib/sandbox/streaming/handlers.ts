import type {SubresourceHandler} from '../apiserver/http/hooks.ts'
import {badRequest, internalError} from '../apiserver/status.ts'
import {handleAttach, handleExec} from './command.ts'
import {handleLog} from './log.ts'
import {handlePortForward} from './portforward.ts'
import type {StreamingBackend} from './target.ts'

const needsUpgrade = (): never => {
  throw badRequest('Upgrade request required')
}

/**
 * The subresources of pods that are conversations rather than data. `backend` gives undefined until the
 * nodes run, for the server is there before them.
 */
export function podStreamHandlers(backend: () => StreamingBackend | undefined): SubresourceHandler[] {
  const own = {group: '', plural: 'pods'}
  const now = (): StreamingBackend => {
    const found = backend()
    if (!found) throw internalError('the nodes are not running yet')
    return found
  }
  return [
    {...own, subresource: 'log', handle: (request, response) => handleLog(now(), request, response)},
    {
      ...own,
      subresource: 'exec',
      handle: needsUpgrade,
      upgrade: (request, socket, head) => handleExec(now(), request, socket, head),
    },
    {
      ...own,
      subresource: 'attach',
      handle: needsUpgrade,
      upgrade: (request, socket, head) => handleAttach(now(), request, socket, head),
    },
    {
      ...own,
      subresource: 'portforward',
      handle: needsUpgrade,
      upgrade: (request, socket, head) => handlePortForward(now(), request, socket, head),
    },
  ]
}
