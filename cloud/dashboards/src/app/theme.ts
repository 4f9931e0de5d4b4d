/** Colours and measures: calm, light, and with contrast of at least 4.5 to 1 for text. */
import type { ThemeConfig } from 'antd'

export const colours = {
  ink: '#1b2733',
  muted: '#54626f',
  line: '#dfe4ea',
  ground: '#f5f7f9',
  brand: '#14507f',
  good: '#17663f',
  attention: '#8a5a00',
  bad: '#a5281b',
  plan: '#7a8793',
} as const

export const fonts =
  'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", ' +
  '"Noto Sans CJK SC", "Helvetica Neue", Arial, sans-serif'

export const theme: ThemeConfig = {
  token: {
    colorPrimary: colours.brand,
    colorLink: colours.brand,
    colorText: colours.ink,
    colorTextSecondary: colours.muted,
    colorTextTertiary: colours.muted,
    colorTextDescription: colours.muted,
    colorBorderSecondary: colours.line,
    colorBgLayout: colours.ground,
    colorSuccess: colours.good,
    colorWarning: colours.attention,
    colorError: colours.bad,
    colorInfo: colours.brand,
    colorSuccessBg: '#eff8f3',
    colorSuccessBorder: '#b7dcc7',
    colorWarningBg: '#fdf7e7',
    colorWarningBorder: '#e9d6a2',
    colorErrorBg: '#fdf2f0',
    colorErrorBorder: '#efc3bc',
    colorInfoBg: '#eef4f9',
    colorInfoBorder: '#bdd3e5',
    borderRadius: 6,
    fontSize: 14,
    fontFamily: fonts,
    motionDurationMid: '0.12s',
    motionDurationSlow: '0.16s',
  },
  components: {
    Table: { headerBg: '#fafbfc', headerColor: colours.muted, cellPaddingBlockMD: 10 },
    Tag: { defaultBg: '#f2f4f7' },
  },
}
