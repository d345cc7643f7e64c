const browsers: [RegExp, string][] = [
  [/MicroMessenger\/(\d+)/, '微信'],
  [/DingTalk\/(\d+)/, '钉钉'],
  [/Edg(?:A|iOS)?\/(\d+)/, 'Edge 浏览器'],
  [/(?:Firefox|FxiOS)\/(\d+)/, '火狐浏览器'],
  [/(?:HuaweiBrowser)\/(\d+)/, '华为浏览器'],
  [/(?:Chrome|CriOS)\/(\d+)/, '谷歌浏览器'],
  [/Version\/(\d+).*Safari/, 'Safari 浏览器'],
]
const systems: [RegExp, string][] = [
  [/HarmonyOS|OpenHarmony/, '鸿蒙'],
  [/Windows/, 'Windows 电脑'],
  [/iPhone/, '苹果手机'],
  [/iPad/, '苹果平板'],
  [/Android.*Mobile/, '安卓手机'],
  [/Android/, '安卓平板'],
  [/Macintosh/, '苹果电脑'],
  [/Linux/, 'Linux 电脑'],
]

/** "Windows 电脑 · 谷歌浏览器 126": what a browser calls itself, as its owner knows it; the name itself where neither is known. */
export function agentWords(agent: string): string {
  const system = systems.find(([mark]) => mark.test(agent))?.[1]
  const browser = browsers.map(([mark, title]) => [mark.exec(agent)?.[1], title] as const).find(([version]) => version)
  return [system, browser && `${browser[1]} ${browser[0]}`].filter(Boolean).join(' · ') || agent || '未知设备'
}
