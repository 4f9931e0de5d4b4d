/** The payment companies that the settings name, as channels; the first takes new orders. */
import type { PaymentChannel } from './channel.ts'
import { readCredentials, sandboxChannel } from './sandbox-channel.ts'
import { openMerchant, type WechatSettings } from './wechat/merchant.ts'
import { wechatChannel } from './wechat/wechat-channel.ts'

export type ChannelSettings = {
  sandboxCredentials?: string | undefined
  wechat?: WechatSettings | undefined
}
export type ChannelSurroundings = {
  /** How payment companies reach this cloud. */
  publicUrl: string
  clock: () => number
  randomBytes: (length: number) => Uint8Array
}

/** Undefined when the settings name none; throws when what a company gave us cannot be read. */
export async function configuredChannels(
  { sandboxCredentials, wechat }: ChannelSettings,
  { publicUrl, ...rest }: ChannelSurroundings,
): Promise<[PaymentChannel, ...PaymentChannel[]] | undefined> {
  const notifyUrl = (name: string): string => `${publicUrl}/webhooks/${name}`
  const channels: PaymentChannel[] = []
  if (wechat !== undefined) {
    const merchant = await openMerchant(wechat)
    channels.push(wechatChannel({ merchant, notifyUrl: notifyUrl('wechat'), ...rest }))
  }
  if (sandboxCredentials !== undefined) {
    const credentials = await readCredentials(sandboxCredentials)
    channels.push(sandboxChannel({ credentials, notifyUrl: notifyUrl('sandbox'), ...rest }))
  }
  const [first, ...others] = channels
  return first === undefined ? undefined : [first, ...others]
}
