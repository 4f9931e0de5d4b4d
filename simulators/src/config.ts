/** What the simulators read from their environment. */

/** Whether somebody sits before a desktop on which a browser window can be opened. */
export function hasDesktop(): boolean {
  if (process.platform === 'darwin' || process.platform === 'win32') return process.stdout.isTTY
  const { DISPLAY, WAYLAND_DISPLAY } = process.env
  return process.stdout.isTTY && Boolean(DISPLAY || WAYLAND_DISPLAY)
}
