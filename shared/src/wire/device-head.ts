/** What a machine's signed head is logged as in the cloud's log: docs/wire/log.md, "A leaf". */
import { utf8 } from '../bytes/bytes.ts'

/** The entry is this prefix and the head's bytes, as they were signed. */
export const DEVICE_HEAD_PREFIX = utf8('tillproof/device-head/v1\n')
