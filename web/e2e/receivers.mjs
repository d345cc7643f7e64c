// The other sides of notices: a mail server on this machine, and a gateway to which robots' messages go.
import { createServer as httpServer } from 'node:http'
import { createServer as tcpServer } from 'node:net'

const listening = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)))

/** Starts both; mails and robots are what they were sent. */
export async function startReceivers() {
  const mails = []
  const robots = []
  let deaf = false
  const mail = tcpServer((socket) => {
    let text = ''
    let data = false
    const say = (line) => socket.write(`${line}\r\n`)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      text += chunk
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end)
        text = text.slice(end + 2)
        if (data) {
          if (line !== '.') mails[mails.length - 1] += `${line}\n`
          else {
            data = false
            say('250 taken')
          }
        } else if (line === 'DATA') {
          data = true
          mails.push('')
          say('354 go on')
        } else if (line === 'QUIT') socket.end('221 bye\r\n')
        else say('250 fine')
      }
    })
    say('220 mail.county.example')
  })
  const gateway = httpServer((req, res) => {
    let body = ''
    req.on('data', (chunk) => (body += chunk))
    req.on('end', () => {
      if (!deaf) robots.push({ path: req.url, body: JSON.parse(body) })
      res.writeHead(deaf ? 500 : 200, { 'Content-Type': 'application/json' })
      res.end(JSON.stringify({ errcode: 0, errmsg: 'ok' }))
    })
  })
  const [smtp, http] = [await listening(mail), await listening(gateway)]
  const origin = `http://127.0.0.1:${http}`
  return {
    mails,
    robots,
    origin,
    /** Lets the gateway fail, or work again. */
    fail: (on) => (deaf = on),
    env: { SHOUWANG_SMTP_ADDRESS: `127.0.0.1:${smtp}`, SHOUWANG_SMTP_TLS: 'none', SHOUWANG_SMTP_FROM: 'shouwang@county.example', SHOUWANG_ROBOT_ORIGINS: origin },
    stop: () => {
      mail.close()
      gateway.close()
    },
  }
}

/** The text of a mail whose body is written in one of the usual ways. */
export function mailText(raw) {
  const [head, ...rest] = raw.split('\n\n')
  const body = rest.join('\n\n')
  if (/content-transfer-encoding: base64/i.test(head)) return Buffer.from(body, 'base64').toString()
  const bytes = body.replaceAll('=\n', '').replace(/=([0-9A-F]{2})/g, (_, x) => String.fromCharCode(parseInt(x, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}
