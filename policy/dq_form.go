package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// FormFacts is one household form as it was handed in, with what only a look at other forms tells.
type FormFacts struct {
	ID, Household       string
	Title               string // of a form record, "" for the household form of a campaign
	Unasked             Unasked
	Collector, Reviewer string // user ids
	CollectedOn         Date   // zero when blank
	Since               Date   // the first day of the period that its expenses are of, zero when not known
	Farmer, Surveyor    Signature
	Place, Home         *Place
	Away                bool             // nobody of the household was met: a record of the call stands for its signature
	Income              map[string]int64 // item of the income sheet and its side, in fen
	Claim               *IncomeResult    // its income sheet as computed, with what was claimed; nil without one
	SameIncome          int              // other households of the village and campaign with the same IncomeVector
	Spent               map[string]int64 // what the form says of the kinds of Expense, in fen
	Told                []Expense        // what departments have told
	Drawn               string           // the seed by which its signatures were drawn for comparison by eye, "" when they were not
	FormsWithinHour     int              // by the collector, in the hour that ends with this form, itself included
}

// Unasked are the parts of DQ-01 that a form has no place for, so that it cannot lack them.
type Unasked struct{ Date, Farmer, Surveyor bool }

// Signature is one drawn signature. Hash is of its exact image, Look a perceptual hash; 0 is none.
type Signature struct {
	Hash   string
	Look   uint64
	Device string
	At     time.Time
}

// Place is a point on the map in degrees.
type Place struct{ Lon, Lat float64 }

// FormRules are DQ-01 to DQ-04, DQ-13 and DQ-14.
var FormRules = []FormRule{
	form("collector_missing", "DQ-01", "户表未填排查人员", "S003 #23", DataError, func(f FormFacts, _ DataContext) []DataFault {
		return f.missing(f.Collector == "", "排查人员")
	}),
	form("survey_date_missing", "DQ-01", "户表未填排查日期", "S003 #23", DataError, func(f FormFacts, _ DataContext) []DataFault {
		return f.missing(f.CollectedOn.IsZero() && !f.Unasked.Date, "排查日期")
	}),
	form("farmer_signature_missing", "DQ-01", "户表缺农户签名", "S003 #23", DataError, func(f FormFacts, _ DataContext) []DataFault {
		return f.missing(f.Farmer.Hash == "" && !f.Away && !f.Unasked.Farmer, "农户签名")
	}),
	form("collector_signature_missing", "DQ-01", "户表缺排查人员签名", "S003 #23", DataError, func(f FormFacts, _ DataContext) []DataFault {
		return f.missing(f.Surveyor.Hash == "" && !f.Unasked.Surveyor, "排查人员签名")
	}),
	form("same_income_sheet", "DQ-02", "多户收支完全一致", "S003 #23", DataDoubt, sameIncomeSheet),
	form("income_claim_differs", "5.4", "申报人均纯收入与测算不一致", "S000 S003 #16", DataDoubt, claimDiffers),
	form("signature_same_image", "DQ-03", "农户与排查人员签名图像相同", "S003 #23", DataDoubt, signatureSame),
	form("signature_alike", "DQ-03", "农户与排查人员签名图像雷同", "S003 #23", DataDoubt, signatureAlike),
	form("signature_same_device", "DQ-03", "同一设备连续签名间隔过短", "S003 #23", DataDoubt, signatureQuick),
	form(SignatureSample, "DQ-03", "签名随机抽样，待人工比对", "S003 #23", DataDoubt, signatureSample),
	form("expense_unknown", "DQ-04", "部门已反馈大额支出而户表为零", "S003 #23", DataError, expenseUnknown),
	form("collector_is_reviewer", "DQ-13", "采集人与审核人为同一人", "D", DataError, collectorReviews),
	form("collector_far", "DQ-13", "采集地点远离住所", "D", DataDoubt, collectorFar),
	form("forms_per_hour", "DQ-14", "一小时内采集户表过多", "D", DataDoubt, formsPerHour),
}

func form(code, group, title, basis, severity string, find func(FormFacts, DataContext) []DataFault) FormRule {
	return FormRule{RuleInfo{code, group, title, basis, severity}, func(f FormFacts, c DataContext) []DataFault { return graded(severity, find(f, c)) }}
}

func (f FormFacts) missing(is bool, what string) []DataFault {
	if !is {
		return nil
	}
	title := orElse(f.Title, "户表")
	return fault(title+"缺少"+what+"；请补充后重新提交", "表单", title, what, "未登记")
}

// The two sides of an item of an income sheet, as FormFacts.Income names them behind the item.
const (
	IncomeSide  = ".income"
	ExpenseSide = ".expense"
)

// IncomeVector is a hash over the items of an income sheet, those of nothing left out, so that equal sheets have equal
// hashes (DQ-02). ok is false for a sheet of too few items, which may be alike by chance; an item with income and expense
// is one.
func IncomeVector(items map[string]int64, c DataContext) (hash string, ok bool) {
	sum, named := sha256.New(), map[string]bool{}
	for _, code := range slices.Sorted(maps.Keys(items)) {
		if items[code] != 0 {
			fmt.Fprintf(sum, "%q=%d\n", code, items[code])
			named[strings.TrimSuffix(strings.TrimSuffix(code, IncomeSide), ExpenseSide)] = true
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), len(named) >= c.thresholds().sheetItems
}

func sameIncomeSheet(f FormFacts, c DataContext) []DataFault {
	hash, ok := IncomeVector(f.Income, c)
	if !ok || f.SameIncome == 0 {
		return nil
	}
	return fault(fmt.Sprintf("各项收支与本村另外%d户完全一致；请重新入户核算", f.SameIncome), "雷同户数", fmt.Sprint(f.SameIncome), "收支摘要", hash[:12])
}

// claimDiffers finds what a form may have with an explanation: the explanation is for who reviews it to believe.
func claimDiffers(f FormFacts, _ DataContext) []DataFault {
	if f.Claim == nil || len(f.Claim.Findings) == 0 {
		return nil
	}
	return fault(f.Claim.Findings[0].Message+"；请核对收入明细或申报数，属实的说明原因", "申报人均", Yuan(*f.Claim.Claimed)+"元", "测算人均", Yuan(f.Claim.PerHead)+"元")
}

func (f FormFacts) signed() bool { return f.Farmer.Hash != "" && f.Surveyor.Hash != "" }

func signatureSame(f FormFacts, _ DataContext) []DataFault {
	if !f.signed() || f.Farmer.Hash != f.Surveyor.Hash {
		return nil
	}
	return fault("农户签名与排查人员签名是同一图像；请重新签名", "图像", "相同")
}

// signatureAlike leaves equal images to signatureSame. The eye of a person decides: the rule only points at it.
func signatureAlike(f FormFacts, c DataContext) []DataFault {
	if !f.signed() || f.Farmer.Hash == f.Surveyor.Hash || f.Farmer.Look == 0 || f.Surveyor.Look == 0 {
		return nil
	}
	n := bits.OnesCount64(f.Farmer.Look ^ f.Surveyor.Look)
	if n > c.thresholds().bits {
		return nil
	}
	return fault("农户签名与排查人员签名笔迹相近；请人工比对", "差异位数", fmt.Sprint(n))
}

func signatureQuick(f FormFacts, c DataContext) []DataFault {
	if !f.signed() || f.Farmer.Device == "" || f.Farmer.Device != f.Surveyor.Device || f.Farmer.At.IsZero() || f.Surveyor.At.IsZero() {
		return nil
	}
	gap := f.Farmer.At.Sub(f.Surveyor.At).Abs()
	if gap >= time.Duration(c.thresholds().seconds)*time.Second {
		return nil
	}
	return fault(fmt.Sprintf("两个签名在同一设备上相隔%.0f秒；请核实是否本人签名", gap.Seconds()), "间隔秒数", fmt.Sprintf("%.0f", gap.Seconds()))
}

// SignatureSample is the rule that finds nothing wrong: it has people look at what a draw has picked.
const SignatureSample = "signature_sample"

// signatureSample leaves out what another rule points at anyway.
func signatureSample(f FormFacts, c DataContext) []DataFault {
	if !f.signed() || f.Drawn == "" || len(signatureSame(f, c))+len(signatureAlike(f, c))+len(signatureQuick(f, c)) > 0 {
		return nil
	}
	return fault("按随机种子"+f.Drawn+"抽中；请人工比对农户与排查人员的笔迹，并说明结果", "随机种子", f.Drawn, "签名摘要", f.Farmer.Hash[:min(8, len(f.Farmer.Hash))]+f.Surveyor.Hash[:min(8, len(f.Surveyor.Hash))])
}

var expenseTitles = map[string]string{"medical": "医疗", "schooling": "教育", "disaster": "灾害"}

// expenseUnknown compares what departments have told of the period of a form with what the form says. What fell into it
// before or after the form could not know.
func expenseUnknown(f FormFacts, c DataContext) []DataFault {
	sums := map[string]int64{}
	for _, e := range f.Told {
		if e.within(f.Since, f.CollectedOn) {
			sums[e.Kind] += e.Fen
		}
	}
	var out []DataFault
	for _, kind := range slices.Sorted(maps.Keys(sums)) {
		if sums[kind] >= c.thresholds().expense && f.Spent[kind] == 0 {
			title := orElse(expenseTitles[kind], kind)
			out = append(out, fault(fmt.Sprintf("部门反馈有%s支出%s元，户表未填；请入户核实后补充", title, Yuan(sums[kind])), "支出类别", title, "部门反馈", Yuan(sums[kind]))...)
		}
	}
	return out
}

func collectorReviews(f FormFacts, _ DataContext) []DataFault {
	if f.Collector == "" || f.Collector != f.Reviewer {
		return nil
	}
	return fault("采集人与审核人为同一人；请由他人审核", "采集人与审核人", "同一人")
}

func collectorFar(f FormFacts, c DataContext) []DataFault {
	if f.Place == nil || f.Home == nil {
		return nil
	}
	m := Metres(f.Place.Lon, f.Place.Lat, f.Home.Lon, f.Home.Lat)
	if m <= float64(c.thresholds().far) {
		return nil
	}
	return fault(fmt.Sprintf("采集地点距住所约%.0f米；请核实是否入户", m), "距离", fmt.Sprintf("%.0f米", m))
}

func formsPerHour(f FormFacts, c DataContext) []DataFault {
	most := c.thresholds().perHour
	if f.FormsWithinHour <= most {
		return nil
	}
	return fault(fmt.Sprintf("该排查人员一小时内采集%d份户表，超过%d份；请抽查复核", f.FormsWithinHour, most), "一小时份数", fmt.Sprint(f.FormsWithinHour))
}
