/** A WeChat Pay notification opened: who it is for, what happened, and the sealed facts of it. */
import { fromBase64 } from '@tillproof/shared/bytes/base64.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { z } from 'zod'
import { jsonOf } from './client.ts'
import type { WechatMerchant } from './merchant.ts'
import { openResource } from './resource.ts'
import { notification } from './wire.ts'

export type Notice = { id: string; event: string; facts: unknown }
export type NoticeRefusal = 'malformed' | 'sealed' | 'other-merchant'

const addressed = z.object({ mchid: z.string() })

/** @param json the body of a notification */
export function openNotice(
  { apiV3Key, signer }: WechatMerchant,
  json: unknown,
): { ok: true; notice: Notice } | { refused: NoticeRefusal } {
  const read = notification.safeParse(json)
  if (!read.success) return { refused: 'malformed' }
  const { id, event_type: event, resource } = read.data
  const ciphertext = fromBase64(resource.ciphertext)
  if (ciphertext === undefined) return { refused: 'malformed' }
  const [nonce, associatedData] = [utf8(resource.nonce), utf8(resource.associated_data)]
  const plain = openResource(apiV3Key, { nonce, associatedData, ciphertext })
  if (plain === undefined) return { refused: 'sealed' }
  const facts = jsonOf(plain)
  const to = addressed.safeParse(facts)
  if (!to.success) return { refused: 'malformed' }
  if (to.data.mchid !== signer.merchantId) return { refused: 'other-merchant' }
  return { ok: true, notice: { id, event, facts } }
}
