/** Signing in and out, and who one is. */
import * as api from '@tillproof/shared/api/people.ts'
import type { Request } from 'express'
import type { z } from 'zod'
import type { Db } from '../../platform/db/db.ts'
import { clientAddress } from '../../platform/http/client-address.ts'
import { defineRoute, problem, type Route, type Session } from '../../platform/http/route.ts'
import { attempts } from './attempts.ts'
import { deviceCookie, readDevice } from './known-device.ts'
import { passwordFits } from './password.ts'
import { hashSessionId, newSessionId, readSessionId, sessionCookie } from './session.ts'
import { deleteSession, findAccount, findSession, insertSession } from './store.ts'

export type SessionDeps = {
  cloudName: string
  /** Whether people reach us by https. */
  secure: boolean
}

const SIGN_INS_PER_ADDRESS = 30

export function sessionRoutes({ cloudName, secure }: SessionDeps): Route[] {
  const tries = attempts()
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/session',
      summary: 'Sign in',
      access: 'public',
      body: api.signIn,
      response: api.session,
      status: 201,
      limitPerMinute: SIGN_INS_PER_ADDRESS,
      async handle({ db, body, req, res }) {
        const account = await db.withSystem(tx => findAccount(tx, body.email))
        const device = account && readDevice(req.headers.cookie, secure, account)
        const from = { email: body.email.toLowerCase(), address: clientAddress(req), device }
        if (!tries.allow(from)) return tooMany()
        const fits = await passwordFits(account?.passwordHash, body.password)
        if (account === undefined || !fits) return wrong()
        tries.forgive(from)
        const id = newSessionId()
        const former = readSessionId(req.headers.cookie, secure)
        await db.withSystem(async tx => {
          if (former !== undefined) await deleteSession(tx, hashSessionId(former))
          await insertSession(tx, hashSessionId(id), account.session.userId)
        })
        const cookies = [sessionCookie(id, secure), deviceCookie(device, secure, account)]
        res.setHeader('set-cookie', cookies)
        return describe(account.session, cloudName)
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/session',
      summary: 'Who is signed in',
      access: 'session',
      response: api.session,
      handle: ({ session }) => describe(session, cloudName),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/session',
      summary: 'Sign out',
      access: 'public',
      async handle({ db, req, res }) {
        const id = readSessionId(req.headers.cookie, secure)
        if (id !== undefined) await db.withSystem(tx => deleteSession(tx, hashSessionId(id)))
        res.setHeader('set-cookie', sessionCookie('', secure))
        return undefined
      },
    }),
  ]
}

/** Finds who asks by the request's cookie; what the app calls for each request that needs it. */
export function sessionReader(db: Db, secure: boolean) {
  return async (req: Request, isUse = true): Promise<Session | null> => {
    const id = readSessionId(req.headers.cookie, secure)
    if (id === undefined) return null
    return (await db.withSystem(tx => findSession(tx, hashSessionId(id), isUse))) ?? null
  }
}

function describe(session: Session, cloudName: string): z.input<typeof api.session> {
  const { userId, email, name, role, organisation } = session
  return { user: { id: userId, email, name, role }, organisation, cloudName }
}

function wrong() {
  return problem(
    401,
    'session.wrong-credentials',
    'The address or the password is wrong.',
    'Check both and try again.',
  )
}

function tooMany() {
  return problem(
    429,
    'session.too-many-attempts',
    'Too many attempts to sign in to this account.',
    'Wait a few minutes, or sign in where you did so before.',
  )
}
