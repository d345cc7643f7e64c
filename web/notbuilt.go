package web

import "net/http"

// notBuiltPage tells whoever runs the server without a built application what to do.
const notBuiltPage = `<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>守望</title></head>
<body>
<h1>守望：界面尚未构建</h1>
<p>服务已经启动，接口可以使用，但程序里没有装入网页界面。</p>
<p>请在项目目录运行 <code>make run</code>；或先运行 <code>cd web &amp;&amp; npm ci &amp;&amp; npm run build</code>，再重新编译服务程序。</p>
<p>接口说明：<a href="/api/v1/openapi.json">/api/v1/openapi.json</a></p>
</body>
</html>
`

func serveNotBuilt(w http.ResponseWriter, r *http.Request) {
	pageHeaders(w.Header(), newNonce())
	send(w, r, []byte(notBuiltPage))
}
