import { legacyLogicalPropertiesTransformer, StyleProvider } from '@ant-design/cssinjs'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { App, ConfigProvider } from 'antd'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { StrictMode, useMemo } from 'react'
import { createRoot } from 'react-dom/client'
import { asksAgain, asksAgainAfter } from './api/problem'
import { locale } from './i18n/locale'
import { isEnglish } from './i18n/tr'
import { watchHands } from './lib/attended'
import { keepFocus } from './lib/focus'
import { useTextSize } from './lib/textsize'
import { makeRouter } from './router'
import { makeTheme } from './theme'

dayjs.locale(isEnglish() ? 'en' : 'zh-cn')
watchHands()
keepFocus()

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: asksAgain,
      retryDelay: asksAgainAfter,
    },
  },
})

const router = makeRouter(queryClient)

/** The nonce the server put in the page; antd's styles carry it. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce

function Root() {
  const size = useTextSize()
  const theme = useMemo(() => makeTheme(size), [size])
  return (
    <StyleProvider hashPriority="high" transformers={[legacyLogicalPropertiesTransformer]}>
      <ConfigProvider locale={locale} theme={theme} csp={{ nonce }} button={{ autoInsertSpace: false }}>
        <App>
          <QueryClientProvider client={queryClient}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </App>
      </ConfigProvider>
    </StyleProvider>
  )
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Root />
  </StrictMode>,
)
