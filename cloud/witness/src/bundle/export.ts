/** Which bundle of the cloud to download, and under what name to keep it. */
import { eventsIn } from '@tillproof/shared/api/bundles.ts'
import { parseDeviceId, parseSaleId } from '@tillproof/shared/ids.ts'

export type Wanted = {
  sale?: string
  device?: string
  epoch?: string
  range?: string
  packed?: true
}
/** `path` is of the cloud's API; `file` a name that says what is in it. */
export type Export = { path: string; file: string }

const RANGE = /^(0|[1-9]\d{0,14})-(0|[1-9]\d{0,14})$/
const EPOCH = /^[1-9]\d{0,5}$/

/**
 * Either a sale, or a device with an epoch and a range of its events where wanted. A range beyond
 * what JSON holds comes packed.
 */
export function exportOf(wanted: Wanted): Export | { wrong: string } {
  const { sale, device, range, epoch, packed } = wanted
  if ((sale === undefined) === (device === undefined)) {
    return { wrong: 'give either --sale or --device' }
  }
  if (sale === undefined) return ofDevice({ ...wanted, device: device ?? '' })
  if (range !== undefined || epoch !== undefined || packed) {
    return { wrong: '--range, --epoch and --packed belong to --device' }
  }
  if (parseSaleId(sale) === undefined) return { wrong: `"${sale}" is no sale id` }
  return { path: `/api/v1/bundles/sales/${sale}`, file: `sale-${sale}.bundle.json` }
}

function ofDevice({
  device,
  range,
  epoch,
  packed,
}: Wanted & { device: string }): ReturnType<typeof exportOf> {
  if (parseDeviceId(device) === undefined) return { wrong: `"${device}" is no device id` }
  if (epoch !== undefined && !EPOCH.test(epoch)) return { wrong: `"${epoch}" is no epoch` }
  const [, from, to] = RANGE.exec(range ?? '') ?? []
  const events = Number(to) - Number(from) + 1
  if (range !== undefined && !(events >= 1 && events <= eventsIn.packed)) {
    return { wrong: `--range is <first>-<last>, ${eventsIn.packed} events at most` }
  }
  const isPacked = packed === true || events > eventsIn.json
  const query = new URLSearchParams()
  if (epoch !== undefined) query.set('epoch', epoch)
  if (from !== undefined) query.set('from', from)
  if (to !== undefined) query.set('to', to)
  if (isPacked) query.set('form', 'packed')
  const path = `/api/v1/bundles/devices/${device}`
  const file = [device, ...(epoch ? [epoch] : []), ...(range ? [range] : [])].join('.')
  const ending = isPacked ? 'cbor' : 'json'
  return { path: query.size === 0 ? path : `${path}?${query}`, file: `${file}.bundle.${ending}` }
}
