/** Register maps by name: the YAML files that come with the firmware bridge, or a path to one. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute } from 'node:path'
import { type ModbusProfile, parseProfile } from '@tillproof/firmware-bridge/modbus/profile.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'

/** Throws `modbus.profile-missing` or `modbus.profile-invalid`. */
export function loadProfile(nameOrPath: string): ModbusProfile {
  return parseProfile(readProfile(nameOrPath))
}

function readProfile(nameOrPath: string): string {
  try {
    return readFileSync(pathOf(nameOrPath), 'utf8')
  } catch (cause) {
    throw new TillproofError(
      'modbus.profile-missing',
      `There is no Modbus profile ${nameOrPath}.`,
      'Name a profile that comes with the agent, or the full path of a YAML file.',
      { cause },
    )
  }
}

function pathOf(nameOrPath: string): string {
  if (isAbsolute(nameOrPath)) return nameOrPath
  const name = `@tillproof/firmware-bridge/modbus/profiles/${nameOrPath}.yaml`
  return createRequire(import.meta.url).resolve(name)
}
