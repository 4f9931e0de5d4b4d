/** Register maps by name: the YAML files that come with the firmware bridge, or a path to one. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { type ModbusProfile, parseProfile } from '@tillproof/firmware-bridge/modbus/profile.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'

/** `folder`: what a path is relative to. Throws `modbus.profile-missing` or `-invalid`. */
export function loadRegisterMap(nameOrPath: string, folder = '.'): ModbusProfile {
  return parseProfile(readMap(nameOrPath, folder))
}

function readMap(nameOrPath: string, folder: string): string {
  try {
    return readFileSync(pathOf(nameOrPath, folder), 'utf8')
  } catch (cause) {
    throw new TillproofError(
      'modbus.profile-missing',
      `There is no Modbus register map ${nameOrPath}.`,
      'Name a map that comes with the agent, or the path of a YAML file.',
      { cause },
    )
  }
}

function pathOf(nameOrPath: string, folder: string): string {
  if (/[/.]/.test(nameOrPath)) return resolve(folder, nameOrPath)
  const name = `@tillproof/firmware-bridge/modbus/profiles/${nameOrPath}.yaml`
  return createRequire(import.meta.url).resolve(name)
}
