/**
 * Files of the dashboard as its build has packed them beside the plain ones (`app.js.br`, `.gz`):
 * a telephone on site loads a quarter of the bytes, and nothing is packed while it waits.
 */
import { join } from 'node:path'
import type { RequestHandler } from 'express'

const ENDINGS = { br: '.br', gzip: '.gz' } as const
const TYPES = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' } as const

/**
 * Where a file is not packed, the next handler sends it.
 * @param rest what is said of the plain files, too
 */
export function packedFiles(
  dir: string,
  rest: { immutable: boolean; maxAge: string },
): RequestHandler {
  return (req, res, next) => {
    const ending = /^\/[\w-]+\.(js|css)$/.exec(req.path)?.[1]
    res.vary('Accept-Encoding')
    const encoding = req.acceptsEncodings('br', 'gzip')
    if ((ending !== 'js' && ending !== 'css') || (encoding !== 'br' && encoding !== 'gzip')) {
      next()
      return
    }
    const headers = { 'content-encoding': encoding, 'content-type': TYPES[ending] }
    const file = join(dir, `${req.path}${ENDINGS[encoding]}`)
    res.sendFile(file, { ...rest, headers }, error => {
      if (error && !res.headersSent) next()
    })
  }
}
