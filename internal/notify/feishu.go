package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/time/rate"
)

// feishu are the group robots of Feishu (飞书): 100 messages a minute and 5 a second, of 20 KB. The body is signed: the secret
// with the time is the key of an empty message.
var feishu = vendor{
	title: "飞书", origin: "https://open.feishu.cn", path: "/open-apis/bot/v2/hook/", maxText: 16000,
	limits: func() *pace { return &pace{limits: limitsOf(atMost(5, 1, time.Second), atMost(100, 10, time.Minute))} },
	wrap: func(_ *url.URL, secret, text string, now time.Time) any {
		body := map[string]any{"msg_type": "text", "content": map[string]string{"text": text}}
		if secret != "" {
			at := strconv.FormatInt(now.Unix(), 10)
			mac := hmac.New(sha256.New, []byte(at+"\n"+secret))
			body["timestamp"], body["sign"] = at, base64.StdEncoding.EncodeToString(mac.Sum(nil))
		}
		return body
	},
	read: func(raw []byte) (*Fault, error) {
		n, err := code(raw, "code")
		if err != nil {
			n, err = code(raw, "StatusCode") // so the older ones
		}
		return feishuCodes.of(n), err
	},
}

// 9499 and 11232: too often; 19001: unknown token; 19021: signature or clock; 19022: address; 19024: keyword.
var feishuCodes = verdicts{limited: []int{9499, 11232}, block: time.Minute, final: []int{19001, 19021, 19022, 19024}}

func limitsOf(l ...*rate.Limiter) []*rate.Limiter { return l }
