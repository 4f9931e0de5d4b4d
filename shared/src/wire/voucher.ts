/**
 * A voucher: the cloud's one-time proof that an order for one machine was paid, shown to its
 * scanner as a QR code or sent down to it. Its nonce is the order id: a journal spends each once.
 *
 *   TPV1.<base64url body>.<base64url signature over "tillproof/voucher/v1" || 0x00 || body>
 *   body = CBOR [order id, device id, amount, currency, item, expiry (Unix ms), delivery]
 *
 * docs/wire/voucher.cddl
 */
import { fromBase64Url, toBase64Url } from '../bytes/base64.ts'
import { concat, utf8 } from '../bytes/bytes.ts'
import type { CborValue } from '../bytes/cbor.ts'
import { encodeCbor } from '../bytes/cbor.ts'
import { type CborCursor, readWhole, takeArray, takeText } from '../bytes/cbor-cursor.ts'
import { ed25519 } from '../crypto/crypto.ts'
import { TillproofError } from '../errors.ts'
import { type FieldCodec, int64, outOfRange, text, uint, uuid, word } from '../event/fields.ts'
import type { DeviceId } from '../ids.ts'
import { parseDeviceId } from '../ids.ts'

export type Delivery = 'scanner' | 'downlink'
export type Voucher = {
  /** UUID in lower case. */
  orderId: string
  deviceId: DeviceId
  amountMinor: bigint
  currency: string
  item: string
  expiresAtMs: number
  delivery: Delivery
}
export type VoucherRefusal = 'malformed' | 'bad-signature' | 'foreign' | 'expired'
export type OpenedVoucher = { ok: true; voucher: Voucher } | { ok: false; refused: VoucherRefusal }

const PREFIX = 'TPV1'
const DOMAIN = utf8('tillproof/voucher/v1\0')
const MAX_TEXT_LENGTH = 512
const amountField: FieldCodec<bigint> = {
  write: amount => (amount > 0n ? int64.write(amount) : undefined),
  take(cursor) {
    const amount = int64.take(cursor)
    return amount > 0n ? amount : outOfRange()
  },
}
const currencyField = text(3, /^[A-Z]{3}$/)
const itemField = text(64)
const deliveryField = word<Delivery>({ scanner: 0, downlink: 1 })

/** @throws TillproofError `voucher.invalid` when a field is out of its range. */
export function issueVoucher(voucher: Voucher, privateKey: Uint8Array): string {
  const body = encodeBody(voucher)
  const signature = ed25519.sign(privateKey, concat(DOMAIN, body))
  return `${PREFIX}.${toBase64Url(body)}.${toBase64Url(signature)}`
}

/**
 * @param deviceId the machine that is asked to honour it; left out, any machine's voucher opens.
 * Whether it was spent before is the journal's to say.
 */
export function openVoucher(
  qrText: string,
  publicKey: Uint8Array,
  nowMs: number,
  deviceId?: DeviceId | string,
): OpenedVoucher {
  const [prefix, body, signature, ...rest] = qrText.split('.')
  const bodyBytes = fromBase64Url(body ?? '')
  const signatureBytes = fromBase64Url(signature ?? '')
  const isShaped = prefix === PREFIX && rest.length === 0 && qrText.length <= MAX_TEXT_LENGTH
  if (!isShaped || !bodyBytes?.length || !signatureBytes?.length) {
    return { ok: false, refused: 'malformed' }
  }
  if (!ed25519.verify(publicKey, concat(DOMAIN, bodyBytes), signatureBytes)) {
    return { ok: false, refused: 'bad-signature' }
  }
  const voucher = decodeBody(bodyBytes)
  if (!voucher) return { ok: false, refused: 'malformed' }
  if (deviceId !== undefined && voucher.deviceId !== deviceId)
    return { ok: false, refused: 'foreign' }
  return voucher.expiresAtMs > nowMs ? { ok: true, voucher } : { ok: false, refused: 'expired' }
}

function encodeBody(voucher: Voucher): Uint8Array {
  const fields = [
    uuid.write(voucher.orderId),
    parseDeviceId(voucher.deviceId),
    amountField.write(voucher.amountMinor),
    currencyField.write(voucher.currency),
    itemField.write(voucher.item),
    uint.write(voucher.expiresAtMs),
    deliveryField.write(voucher.delivery),
  ]
  if (fields.some(field => field === undefined)) throw invalid()
  return encodeCbor(fields as CborValue[])
}

function decodeBody(body: Uint8Array): Voucher | undefined {
  const read = readWhole(body, takeVoucher)
  return 'value' in read ? read.value : undefined
}

function takeVoucher(cursor: CborCursor): Voucher {
  if (takeArray(cursor) !== 7) return outOfRange()
  return {
    orderId: uuid.take(cursor),
    deviceId: parseDeviceId(takeText(cursor)) ?? outOfRange(),
    amountMinor: amountField.take(cursor),
    currency: currencyField.take(cursor),
    item: itemField.take(cursor),
    expiresAtMs: uint.take(cursor),
    delivery: deliveryField.take(cursor),
  }
}

function invalid(): TillproofError {
  return new TillproofError(
    'voucher.invalid',
    'The voucher cannot be issued: a field is missing or out of range.',
    'Compare the order with docs/wire/voucher.cddl.',
  )
}
