package papers

import (
	"fmt"

	"shouwang/policy"
)

// Prompt is the data of the 驻村工作提示 of a month (S003 #5, S3-022): the visits and the other matters of each village, and
// what the office asks for. Month is one of its days.
type Prompt struct {
	Office Office      `json:"office"`
	Number string      `json:"number,omitempty"`
	Place  string      `json:"place"`
	Month  policy.Date `json:"month"`
	Visits []Count     `json:"visits"`
	Cases  []Count     `json:"cases"`
	Demand string      `json:"demand"`
	On     policy.Date `json:"on"`
}

// ResidentPrompt is the 驻村工作提示, a letter with red head to the resident teams.
func ResidentPrompt(p Prompt) *Document {
	d := &Document{Title: "驻村工作提示", Head: p.Office.redHead(p.Number), Foot: Foot{Number: p.Number}}
	d.Add(P(Title, fmt.Sprintf("%d年%d月驻村工作提示", p.Month.Year, int(p.Month.Month))), P(Plain, p.Place+"各驻村第一书记、驻村工作队："),
		P(Body, "请对照下列任务安排当月工作，完成情况随办随录。"), P(Heading1, "一、走访联系"), Gap(1),
		countTable("村（社区）", "当月应访", "已完成", "待办", "逾期", p.Visits), Gap(3),
		P(Heading1, "二、在办事项"), Gap(1), countTable("村（社区）", "当月在办", "已办结", "待办", "逾期", p.Cases), Gap(3), P(Heading1, "三、本月要求"))
	d.Add(paragraphs(Body, p.Demand)...)
	return d.Add(closing(p.Office.Name, p.On)...)
}
