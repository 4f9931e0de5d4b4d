/** Starts the lines and the session of the machine that the settings name. */
import type { DriverDeps, Drivers } from './drivers.ts'
import { startMassageChair } from './massage-chair.ts'
import { startSharedCar } from './shared-car.ts'
import { startVending } from './vending.ts'

export type { DriverDeps, Drivers, VoucherAnswer } from './drivers.ts'

/**
 * Returns at once: lines open, and a sale left by an earlier run is finished, in the background.
 * Throws `modbus.profile-missing` or `modbus.profile-invalid`; a missing port is not an error.
 */
export function startDrivers(deps: DriverDeps): Drivers {
  const { config } = deps
  switch (config.kind) {
    case 'vending':
      return startVending(deps, config)
    case 'massage-chair':
      return startMassageChair(deps, config)
    case 'shared-car':
      return startSharedCar(deps, config)
    case 'virtual':
      return NO_LINES
  }
}

/** A virtual machine has no lines and so nothing to deliver. */
const NO_LINES: Drivers = {
  offerVoucher: () => Promise.resolve('machine-down'),
  ports: () => [],
  stop: () => Promise.resolve(),
}
