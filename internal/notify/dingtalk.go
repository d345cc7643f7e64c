package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"time"
)

// dingtalk are the group robots of DingTalk (钉钉): 20 messages a minute, or they are deaf for ten minutes. The address is
// signed with the secret that a robot with 加签 has.
var dingtalk = vendor{
	title: "钉钉", origin: "https://oapi.dingtalk.com", path: "/robot/send", maxText: 18000,
	limits: func() *pace { return &pace{limits: limitsOf(atMost(20, 5, time.Minute))} },
	wrap: func(to *url.URL, secret, text string, now time.Time) any {
		if secret != "" {
			at := strconv.FormatInt(now.UnixMilli(), 10)
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write([]byte(at + "\n" + secret))
			q := to.Query()
			q.Set("timestamp", at)
			q.Set("sign", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
			to.RawQuery = q.Encode()
		}
		return map[string]any{"msgtype": "text", "text": map[string]string{"content": text}}
	},
	read: func(raw []byte) (*Fault, error) {
		n, err := code(raw, "errcode")
		return dingtalkCodes.of(n), err
	},
}

// 130101 and 410100: too often; 310000: signature, keyword or address; 300001, 300005, 400101: unknown token; 400013: the group is
// no more; 400102: the robot is switched off; 400105: not what a robot takes.
var dingtalkCodes = verdicts{limited: []int{130101, 410100}, block: 10 * time.Minute, final: []int{310000, 300001, 300005, 400013, 400101, 400102, 400105}}
