/**
 * What a feature says about each of its HTTP routes. The same schemas validate requests, check
 * answers and make the OpenAPI document, so none of them can drift from the others.
 */
import type { organisationKind, role } from '@tillproof/shared/api/people.ts'
import type { Request, Response } from 'express'
import type { z } from 'zod'
import type { Db } from '../db/db.ts'

export type Role = z.infer<typeof role>
export type OrganisationKind = z.infer<typeof organisationKind>

/** Who is asking, read from the session's cookie, never from what the request says. */
export type Session = {
  userId: string
  email: string
  name: string
  role: Role
  organisation: { id: string; name: string; kind: OrganisationKind }
}

/**
 * `public`: anybody. `session`: anybody signed in. Else signed in with one of the roles and one of
 * the kinds of organisation that are listed (a list that is left out allows all).
 */
export type Access =
  | 'public'
  | 'session'
  | { roles?: readonly Role[]; kinds?: readonly OrganisationKind[] }

export type Context<A, P, Q, B> = {
  db: Db
  session: A extends 'public' ? null : Session
  params: P
  query: Q
  body: B
  /** The body as it came, for routes that verify signatures over it (`raw: true`). */
  raw: Buffer
  /** For headers and streams only; answers are returned. */
  req: Request
  res: Response
}

type Output<S> = S extends z.ZodType ? z.output<S> : undefined

export type RouteSpec<A extends Access, P, Q, B, R> = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Express 5 syntax: `/api/v1/devices/:id`, `/log/tile/*path` (params.path is string[]). */
  path: string
  summary: string
  access: A
  params?: P
  query?: Q
  body?: B
  /** The body of a success; leave out for routes that answer with reply() or with nothing (204). */
  response?: R
  /** Media type of what reply() sends, for the document. */
  produces?: string
  /** Status of a success, 200 unless told. */
  status?: 200 | 201 | 202
  /** Give the handler the body's bytes instead of parsed JSON. */
  raw?: boolean
  /** The handler writes to `res` itself and keeps it open; what it returns is not sent. */
  streaming?: boolean
  /** Requests a minute and client address; 429 beyond. */
  limitPerMinute?: number
  handle(context: Context<A, Output<P>, Output<Q>, Output<B>>): Promise<Answer<R>> | Answer<R>
}
export type Answer<R> = (R extends z.ZodType ? z.input<R> : undefined) | Refused | Reply

/** A route whose type parameters are forgotten, as the app mounts it. */
export type Route = Omit<
  RouteSpec<Access, z.ZodType, z.ZodType, z.ZodType, z.ZodType>,
  'handle' | 'params' | 'query' | 'body' | 'response'
> & {
  params?: z.ZodType | undefined
  query?: z.ZodType | undefined
  body?: z.ZodType | undefined
  response?: z.ZodType | undefined
  handle(context: Context<never, never, never, never>): unknown
}

export function defineRoute<
  const A extends Access,
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  R extends z.ZodType | undefined = undefined,
>(spec: RouteSpec<A, P, Q, B, R>): Route {
  return spec as unknown as Route
}

/** An expected refusal; sent as problem JSON. */
export type Refused = {
  refused: true
  status: number
  code: string
  title: string
  next: string
  detail?: unknown
}

/**
 * @param status HTTP status, 4xx
 * @param code stable and dotted, for programs
 * @param title what is wrong, for people
 * @param next what to do about it
 */
export function problem(
  status: number,
  code: string,
  title: string,
  next: string,
  detail?: unknown,
): Refused {
  return { refused: true, status, code, title, next, ...(detail === undefined ? {} : { detail }) }
}

/** An answer that is not JSON, or that needs a status or headers of its own. */
export type Reply = {
  reply: true
  status: number
  headers: Record<string, string>
  body: string | Uint8Array
}

export function reply(
  body: string | Uint8Array,
  options: { status?: number; headers?: Record<string, string> } = {},
): Reply {
  return { reply: true, status: options.status ?? 200, headers: options.headers ?? {}, body }
}
