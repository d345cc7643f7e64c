import type { Locale } from 'antd/locale'
import zhCN from 'antd/locale/zh_CN'

/** The words of antd's components; the dates beside them follow. */
export let locale: Locale = zhCN

export function takeLocale(other: Locale): void {
  locale = other
}
