/** The forms in which proof bundles of ranges are asked for, and how much each holds. */
import { z } from 'zod'
import { MAX_PACKED_EVENTS } from '../bundle/packed.ts'
import { MAX_BUNDLE_EVENTS } from '../bundle/schema.ts'

export const bundleForm = z.enum(['json', 'packed'])
export type BundleForm = z.infer<typeof bundleForm>

export const eventsIn: Readonly<Record<BundleForm, number>> = {
  json: MAX_BUNDLE_EVENTS,
  packed: MAX_PACKED_EVENTS,
}
