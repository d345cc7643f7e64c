import type { ConfigProviderProps } from 'antd'
import zhCN from 'antd/locale/zh_CN'

type Locale = ConfigProviderProps['locale']

/** The words of antd's components; the dates beside them follow. */
export let locale: Locale = zhCN

export function takeLocale(other: Locale): void {
  locale = other
}
