/**
 * Names of things, each with one spelling, branded so that one kind cannot be passed for another.
 * The cloud gives a device its id at enrolment; a sale's is born on the device; origins name logs.
 */
declare const brand: unique symbol
export type DeviceId = string & { readonly [brand]: 'DeviceId' }
export type SaleId = string & { readonly [brand]: 'SaleId' }
export type OrgId = string & { readonly [brand]: 'OrgId' }

export type SaleParts = { device: DeviceId; epoch: number; index: number }
export type DeviceOriginParts = { cloudName: string; device: DeviceId; epoch: number }

const DEVICE_ID = /^d[0-9a-z]{12}$/
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const SALE_ID = /^(d[0-9a-z]{12})\.([1-9]\d{0,8})\.(0|[1-9]\d{0,14})$/
const CLOUD_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,98}[a-z0-9])?$/
const DEVICE_ORIGIN = /^([a-z0-9.-]+)\/d\/(d[0-9a-z]{12})\/([1-9]\d{0,8})$/

export function parseDeviceId(text: string): DeviceId | undefined {
  return DEVICE_ID.test(text) ? (text as DeviceId) : undefined
}

/** A UUID in lower case. */
export function parseOrgId(text: string): OrgId | undefined {
  return UUID.test(text) ? (text as OrgId) : undefined
}

/** `<device id>.<epoch>.<index of the event that opened the sale>` */
export function saleIdOf(device: DeviceId | string, epoch: number, index: number): SaleId {
  return `${device}.${epoch}.${index}` as SaleId
}

export function parseSaleId(text: string): SaleParts | undefined {
  const match = SALE_ID.exec(text)
  if (!match) return undefined
  return { device: match[1] as DeviceId, epoch: Number(match[2]), index: Number(match[3]) }
}

/** Host-name-like, lower case, at most 100 characters: it is part of every origin and key name. */
export function isCloudName(text: string): boolean {
  return CLOUD_NAME.test(text)
}

/** The origin of one epoch of a device's log, and the name of the note key that signs its heads. */
export function deviceOrigin(cloudName: string, device: DeviceId | string, epoch: number): string {
  return `${cloudName}/d/${device}/${epoch}`
}

export function parseDeviceOrigin(origin: string): DeviceOriginParts | undefined {
  const match = DEVICE_ORIGIN.exec(origin)
  const cloudName = match?.[1]
  if (!match || !cloudName || !isCloudName(cloudName)) return undefined
  return { cloudName, device: match[2] as DeviceId, epoch: Number(match[3]) }
}

/** The origin of a cloud's transparency log, and the name of the note key of its checkpoints. */
export function cloudLogOrigin(cloudName: string): string {
  return `${cloudName}/log`
}

export function receiptKeyName(cloudName: string): string {
  return `${cloudName}/receipts`
}

export function voucherKeyName(cloudName: string): string {
  return `${cloudName}/vouchers`
}
