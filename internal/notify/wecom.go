package notify

import (
	"net/url"
	"time"
)

// wecom are the group robots of WeCom (企业微信): 20 messages a minute; a text has 2048 bytes at most.
var wecom = vendor{
	title: "企业微信", origin: "https://qyapi.weixin.qq.com", path: "/cgi-bin/webhook/send", maxText: 2048,
	limits: func() *pace { return &pace{limits: limitsOf(atMost(20, 5, time.Minute))} },
	wrap: func(_ *url.URL, _, text string, _ time.Time) any {
		return map[string]any{"msgtype": "text", "text": map[string]string{"content": text}}
	},
	read: func(raw []byte) (*Fault, error) {
		n, err := code(raw, "errcode")
		return wecomCodes.of(n), err
	},
}

// 45009 and 45033: too often; 93000: unknown key; 40008, 40058, 44004, 45002: not what a robot takes.
var wecomCodes = verdicts{limited: []int{45009, 45033}, block: time.Minute, final: []int{93000, 40008, 40058, 44004, 45002}}
