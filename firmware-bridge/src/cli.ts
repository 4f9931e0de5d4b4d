/**
 * `tillproof dex` and `tillproof nmea`: what a file from a machine says, without any machine.
 * Files and clock are given by the caller, so that this package stays bytes in, bytes out.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { Command } from 'commander'
import { type AuditRefusal, MAX_AUDIT_BYTES, readAudit } from './eva-dts/audit.ts'
import { auditToJson } from './eva-dts/json.ts'
import { printAudit } from './eva-dts/print.ts'
import { type ModelProfile, PROFILES, profileNamed } from './eva-dts/profile.ts'
import { readFixes } from './nmea/fixes.ts'
import { fixesToJson, printFixes } from './nmea/print.ts'

export type Surroundings = {
  /** The file's bytes, at most `maxBytes + 1` of them; throws a coded error when there are none. */
  read(path: string, maxBytes: number): Promise<Uint8Array>
  write(text: string): void
  nowMs(): number
}

const REFUSALS: Record<AuditRefusal, { title: string; next: string }> = {
  empty: { title: 'is empty', next: 'Read the machine again; this read gave nothing.' },
  'too-large': {
    title: `is larger than ${MAX_AUDIT_BYTES} bytes, which no audit is`,
    next: 'Give the file of one audit, as the machine or the handheld saved it.',
  },
  'not-an-audit': {
    title: 'has no EVA-DTS segment in it',
    next: 'Give an audit file: lines such as VA1*1250*10, from DXS or ST on.',
  },
}

export function dexCommand({ read, write }: Surroundings): Command {
  return new Command('dex')
    .description('read an EVA-DTS (DEX) audit file: what was sold, what adds up, what does not')
    .argument('<file>', 'the audit as the machine, a handheld or a mail saved it')
    .option('--profile <name>', `a model's habits: ${PROFILES.map(({ name }) => name).join(', ')}`)
    .option('--json', 'the whole audit as one JSON object')
    .action(async (file: string, options: { profile?: string; json?: true }, command: Command) => {
      const profile = chosenProfile(options.profile, command)
      const audit = readAudit(await read(file, MAX_AUDIT_BYTES), profile)
      if ('refused' in audit) {
        const { title, next } = REFUSALS[audit.refused]
        throw new TillproofError(`dex.${audit.refused}`, `${file} ${title}`, next)
      }
      write(options.json ? JSON.stringify(auditToJson(audit)) : printAudit(audit))
    })
}

function chosenProfile(name: string | undefined, command: Command): ModelProfile | undefined {
  if (name === undefined) return undefined
  return profileNamed(name) ?? command.error(`error: there is no profile ${name}`, { exitCode: 2 })
}

/** A day of driving at three sentences a second. */
const MAX_RECORDING_BYTES = 16_777_216
/** GPS's second epoch of weeks ended in 2019; receivers of then are the oldest we believe. */
const EARLIEST_MS = Date.UTC(2005, 0, 1)
const DAY_MS = 86_400_000

export function nmeaCommand({ read, write, nowMs }: Surroundings): Command {
  return new Command('nmea')
    .description('read a recording of a GNSS receiver: fixes believed, and refused with reasons')
    .argument('<file>', 'NMEA 0183 sentences, as received')
    .option('--json', 'all fixes and refusals as one JSON object')
    .action(async (file: string, { json }: { json?: true }) => {
      const bytes = await read(file, MAX_RECORDING_BYTES)
      if (bytes.length > MAX_RECORDING_BYTES) {
        const title = `${file} is larger than ${MAX_RECORDING_BYTES} bytes`
        throw new TillproofError('nmea.too-large', title, 'Split the recording and read its parts.')
      }
      const limits = { earliestMs: EARLIEST_MS, latestMs: nowMs() + DAY_MS }
      const report = readFixes(bytes, limits)
      if (report.sentences === 0) {
        throw new TillproofError(
          'nmea.no-sentence',
          `${file} has no NMEA sentence with a good checksum`,
          'Give the bytes of the receiver: lines such as $GPRMC,…*7A.',
        )
      }
      write(json ? JSON.stringify(fixesToJson(report)) : printFixes(report))
    })
}
