/** What the simulators read from their environment. */

/** Whether somebody sits before a desktop on which a browser window can be opened. */
export function hasDesktop(): boolean {
  if (process.platform === 'darwin' || process.platform === 'win32') return process.stdout.isTTY
  const { DISPLAY, WAYLAND_DISPLAY } = process.env
  return process.stdout.isTTY && Boolean(DISPLAY || WAYLAND_DISPLAY)
}

/** Whether tests write the pictures of docs/images anew: UPDATE_SCREENSHOTS=1. */
export function updatesScreenshots(): boolean {
  return process.env.UPDATE_SCREENSHOTS === '1'
}

/** Whether a test that cannot run here is a failure and not a skip: CI=true. */
export function isContinuousIntegration(): boolean {
  return process.env.CI === 'true'
}
