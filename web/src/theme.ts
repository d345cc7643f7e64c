import type { ThemeConfig } from 'antd'

/** The sizes of 适老化: 标准, 大, 特大, as the base text in pixels. */
export const sizes = { standard: 16, large: 18, huge: 20 } as const
export type TextSize = keyof typeof sizes

/** Colours of app.css again, for antd. Text colours hold 4.5:1 on their grounds. */
export function makeTheme(size: TextSize): ThemeConfig {
  const fontSize = sizes[size]
  return {
    token: {
      fontSize,
      controlHeight: fontSize + 24,
      controlHeightLG: fontSize + 30,
      controlHeightSM: fontSize + 14,
      borderRadius: 6,
      colorPrimary: '#0b5394',
      colorLink: '#0b5394',
      colorLinkHover: '#083d6e', // the lighter one of antd is too faint on white
      colorLinkActive: '#083d6e',
      colorSuccess: '#1f7a3d',
      colorWarning: '#9a5b00',
      colorError: '#b3261e',
      colorText: '#1c2733',
      colorTextSecondary: '#4a5868',
      colorTextDescription: '#4a5868',
      colorTextPlaceholder: '#6b7785',
      colorWarningBg: '#fff6e5',
      colorWarningBorder: '#e3b764',
      colorErrorBg: '#fdf0ef',
      colorErrorBorder: '#e6a5a0',
      colorInfoBg: '#eef4fa',
      colorInfoBorder: '#b4cce3',
      colorSuccessBg: '#eef7f0',
      colorSuccessBorder: '#9fcfad',
      controlOutline: 'rgba(240,162,2,.75)',
      controlOutlineWidth: 3,
      colorBorder: '#b8c2cc',
      colorBgLayout: '#f3f5f8',
      fontFamily: '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Source Han Sans SC","WenQuanYi Micro Hei",sans-serif',
      motion: false,
    },
    components: { Button: { primaryShadow: 'none', dangerShadow: 'none', defaultShadow: 'none' }, Form: { labelColor: '#1c2733', verticalLabelPadding: '0 0 6px' }, Tabs: { horizontalItemGutter: 20 } },
  }
}
