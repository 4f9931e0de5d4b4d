/**
 * What a browser is told about our pages, and which requests of a browser are refused because they
 * come from somebody else's page.
 */
import type { NextFunction, Request, Response } from 'express'

/** Ant Design writes style elements at run time, hence 'unsafe-inline' for styles alone. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

export function securityHeaders(_req: Request, res: Response, next: NextFunction): void {
  res.setHeader('content-security-policy', CONTENT_SECURITY_POLICY)
  res.setHeader('x-content-type-options', 'nosniff')
  res.setHeader('referrer-policy', 'no-referrer')
  res.setHeader('cross-origin-opener-policy', 'same-origin')
  res.setHeader('permissions-policy', 'camera=(), geolocation=(), microphone=()')
  next()
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Whether a request that changes something was made by another site's page. Programs send neither
 * header; browsers send at least one of them and do not let pages forge it.
 */
export function isCrossSite(req: Request): boolean {
  if (SAFE_METHODS.has(req.method)) return false
  if (req.headers['sec-fetch-site'] === 'cross-site') return true
  const { origin } = req.headers
  if (origin === undefined) return false
  return !URL.canParse(origin) || new URL(origin).host !== req.headers.host
}
