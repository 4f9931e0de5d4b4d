/** The proof bundle of consecutive events of one machine, to download and verify anywhere. */

import { type BundleForm, bundleForm, eventsIn } from '@tillproof/shared/api/bundles.ts'
import { deviceId } from '@tillproof/shared/api/fields.ts'
import { MAX_BUNDLE_LENGTH } from '@tillproof/shared/bundle/bundle.ts'
import { MAX_PACKED_BYTES } from '@tillproof/shared/bundle/packed.ts'
import { bundleOf, packBundle } from '@tillproof/shared/bundle/write.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import type { Policy } from '@tillproof/shared/note/policy.ts'
import { z } from 'zod'
import type { Db } from '../../platform/db/db.ts'
import { defineRoute, problem, type Route, reply } from '../../platform/http/route.ts'
import { type AssembledRange, assembleRange } from './assemble.ts'
import type { RangeSource } from './bundle.ts'
import type { HeadsMaps } from './newest.ts'

const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** Both ends belong to the range; what is left out is the newest there is. */
const query = z
  .object({
    epoch: z.coerce.number().int().min(1).max(1_000_000).optional(),
    from: count.optional(),
    to: count.optional(),
    form: bundleForm.default('json'),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['from'],
    message: 'lies after the end',
  })
  .refine(
    ({ from, to, form }) => from === undefined || to === undefined || to - from < eventsIn[form],
    {
      path: ['to'],
      message: `a bundle in JSON holds ${eventsIn.json} events, a packed one ${eventsIn.packed}`,
    },
  )

export function rangeBundleRoute(deps: {
  db: Db
  policy: () => Policy
  events: RangeSource
}): Route {
  const maps: HeadsMaps = {}
  return defineRoute({
    method: 'get',
    path: '/api/v1/bundles/devices/:deviceId',
    summary: 'The proof bundle of consecutive events of a machine, for `tillproof verify`',
    access: 'session',
    params: z.object({ deviceId }),
    query,
    produces: 'application/json',
    async handle({ session, params, query: { epoch, from, to, form } }) {
      const range = {
        deviceId: params.deviceId,
        atMost: eventsIn[form],
        ...(epoch === undefined ? {} : { epoch }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      }
      const assembled = await deps.db.withTenant(session.organisation.id, async tx => {
        const evidence = await deps.events(tx, range)
        return evidence === undefined
          ? undefined
          : assembleRange(tx, { policy: deps.policy(), maps }, evidence)
      })
      if (assembled === undefined) return noSuchEvents()
      if ('refused' in assembled) return notLogged()
      const { bytes, mostBytes, contentType, ending } = written(assembled, form)
      if (bytes.length > mostBytes) return tooLarge()
      return reply(bytes, {
        headers: {
          'content-type': contentType,
          'content-disposition': `attachment; filename="${params.deviceId}.bundle.${ending}"`,
          'cache-control': 'private, no-store',
        },
      })
    },
  })
}

type Found = Exclude<AssembledRange, { refused: unknown }>

function written({ frame, events }: Found, form: BundleForm) {
  if (form === 'packed') {
    const bytes = packBundle(frame, events)
    const contentType = 'application/cbor'
    return { bytes, mostBytes: MAX_PACKED_BYTES, contentType, ending: 'cbor' }
  }
  const bytes = utf8(`${JSON.stringify(bundleOf(frame, events))}\n`)
  const contentType = 'application/json; charset=utf-8'
  return { bytes, mostBytes: MAX_BUNDLE_LENGTH, contentType, ending: 'json' }
}

function noSuchEvents() {
  return problem(
    404,
    'bundle.unknown-events',
    'There are no such events, or your organisation may not see them.',
    'Check the device id and the range; indexes count from 0 in each epoch.',
  )
}

function tooLarge() {
  return problem(
    413,
    'bundle.too-large',
    'These events are too long to fit into one bundle.',
    'Ask for the packed form (form=packed), or for smaller ranges.',
  )
}

function notLogged() {
  return problem(
    409,
    'bundle.not-logged',
    'The machine’s record of these events is not in a published checkpoint yet.',
    'Try again in a few seconds; if it stays so, look at /api/v1/log/status.',
  )
}
