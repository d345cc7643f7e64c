// Package exprs compiles the small expressions that forms and rules carry as data: type-checked against the names they
// may use, bounded in size, in loops and in memory, with a short list of functions and none that reads a clock.
package exprs

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

// Limits of one expression. A table has at most 200 rows, so that two loops inside each other look at 40,000 cells.
const (
	maxLength = 2000 // bytes
	maxNodes  = 300
	maxLoops  = 2 // inside each other
	maxMemory = 100_000
)

// Type is the type of a name or of a result.
type Type = types.Type

// Env names what an expression may look at, with the types.
type Env = types.Map

// The types of names. A day is a text such as "2026-01-31", which compares in the order of days.
var (
	Number = types.Float64
	Whole  = types.Int
	Text   = types.String
	YesNo  = types.Bool
	Texts  = types.Array(types.String)
)

// Rows is a table whose rows have these cells.
func Rows(cells Env) types.Type { return types.Array(cells) }

// Fault says in Chinese what is wrong with an expression. Column counts characters from 1; 0 means the whole.
type Fault struct {
	Code    string
	Column  int
	Message string
}

func (f Fault) Error() string { return f.Message }

// Program is a checked expression. It may be run by many at once.
type Program struct {
	Source string
	// Needs are the names without which it says nothing: all that it looks at, but those it asks for with given or fallback.
	Needs []string
	// Names are all that it looks at.
	Names []string
	code  *vm.Program
}

// Compile checks an expression against the names it may use. want is the type of its result, nil for any.
func Compile(source string, env Env, want types.Type) (*Program, error) {
	if len(source) > maxLength {
		return nil, Fault{"expr_long", 0, fmt.Sprintf("表达式过长，最多 %d 字节", maxLength)}
	}
	seen := &reader{env: env, needs: map[string]int{}}
	options := append([]expr.Option{expr.Env(env), expr.MaxNodes(maxNodes), expr.Patch(seen), expr.DisableAllBuiltins()}, functions...)
	if want != nil {
		options = append(options, wanted(want))
	}
	code, err := expr.Compile(source, options...)
	if err != nil {
		return nil, faultOf(err)
	}
	if seen.ranges {
		return nil, Fault{"expr_range", 0, "不能使用“..”，只能对表格逐行计算"}
	}
	if seen.loops > maxLoops {
		return nil, Fault{"expr_loops", 0, fmt.Sprintf("逐行计算最多嵌套 %d 层", maxLoops)}
	}
	names := slices.Sorted(maps.Keys(seen.needs))
	return &Program{Source: source, Names: names, Needs: seen.names(), code: code}, nil
}

func wanted(t types.Type) expr.Option {
	switch {
	case t.Equal(YesNo):
		return expr.AsBool()
	case t.Equal(Whole):
		return expr.AsInt()
	case t.Equal(Number):
		return expr.AsFloat64()
	case t.Equal(Text):
		return expr.AsKind(reflect.String)
	}
	return expr.AsAny()
}

// Run computes the expression. known is false, and there is no value, where a name it needs has none.
func (p *Program) Run(values map[string]any) (value any, known bool, err error) {
	for _, name := range p.Needs {
		if values[name] == nil {
			return nil, false, nil
		}
	}
	machine := vm.VM{MemoryBudget: maxMemory}
	value, err = machine.Run(p.code, values)
	if err != nil {
		return nil, false, Fault{"expr_failed", 0, "无法计算“" + p.Source + "”"}
	}
	if f, ok := value.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return nil, false, Fault{"expr_failed", 0, "无法计算“" + p.Source + "”：除数为零"}
	}
	return value, true, nil
}

// reader notes the names that an expression needs and how deep its loops go.
type reader struct {
	env   Env
	needs map[string]int
	loops int
	// ranges: with 1..40000 an expression would make itself as many rows to loop over as it likes.
	ranges bool
}

func (r *reader) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if _, ok := r.env[n.Value]; ok {
			r.needs[n.Value]++
		}
	case *ast.CallNode:
		name, _ := n.Callee.(*ast.IdentifierNode)
		if name == nil || name.Value != "given" && name.Value != "fallback" || len(n.Arguments) == 0 {
			return
		}
		if asked, ok := n.Arguments[0].(*ast.IdentifierNode); ok && r.needs[asked.Value] > 0 {
			r.needs[asked.Value]--
		}
	case *ast.BinaryNode:
		r.ranges = r.ranges || n.Operator == ".."
	case *ast.PredicateNode:
		inner := &counter{}
		ast.Walk(&n.Node, inner)
		r.loops = max(r.loops, 1+inner.predicates)
	}
}

// names are those still needed. The compiler reads an expression more than once, and always all of it.
func (r *reader) names() []string {
	maps.DeleteFunc(r.needs, func(_ string, n int) bool { return n == 0 })
	return slices.Sorted(maps.Keys(r.needs))
}

type counter struct{ predicates int }

func (c *counter) Visit(node *ast.Node) {
	if _, ok := (*node).(*ast.PredicateNode); ok {
		c.predicates++
	}
}

var allowed = []string{"all", "none", "any", "one", "filter", "map", "count", "sum", "len", "abs", "ceil", "floor", "round", "max", "min", "int", "float"}

// Functions are the names of those an expression may call.
func Functions() []string {
	return append(slices.Clone(allowed), "given", "fallback", "yuan", "days", "months")
}

// functions are those an expression may call: some of the language, and a few of ours.
var functions = append(append(enabled(), exact()...),
	expr.Function("given", func(p ...any) (any, error) { return p[0] != nil && p[0] != "", nil }, new(func(any) bool)),
	expr.Function("fallback", func(p ...any) (any, error) {
		if p[0] == nil {
			return p[1], nil
		}
		return p[0], nil
	}, new(func(int, int) int), new(func(float64, float64) float64), new(func(string, string) string), new(func(bool, bool) bool)),
	expr.Function("yuan", func(p ...any) (any, error) { return yuan(p[0]) }, new(func(int) string)),
	expr.Function("days", func(p ...any) (any, error) { return days(p[0].(string), p[1].(string)) }, new(func(string, string) int)),
	expr.Function("months", func(p ...any) (any, error) { return months(p[0].(string), p[1].(string)) }, new(func(string, string) int)),
)

// comparisons are those of two numbers of which one has decimals.
var comparisons = map[string]func(difference int) bool{
	"<": func(d int) bool { return d < 0 }, "<=": func(d int) bool { return d <= 0 }, ">": func(d int) bool { return d > 0 },
	">=": func(d int) bool { return d >= 0 }, "==": func(d int) bool { return d == 0 }, "!=": func(d int) bool { return d != 0 },
}

// exact makes comparisons look at the millionth and no further: amounts in yuan are decimal, and 6900 * 1.1 is 7590 and
// not a little more, as it is in binary.
func exact() []expr.Option {
	var out []expr.Option
	for operator, is := range comparisons {
		name := "compare" + operator
		out = append(out, expr.Operator(operator, name), expr.Function(name, func(p ...any) (any, error) { return is(millionths(p[0], p[1])), nil },
			new(func(float64, float64) bool), new(func(float64, int) bool), new(func(int, float64) bool)))
	}
	return out
}

// millionths is the sign of a - b, 0 where they differ by less than half a millionth.
func millionths(a, b any) int {
	d := number(a) - number(b)
	switch {
	case math.Abs(d) < 0.5e-6:
		return 0
	case d < 0:
		return -1
	}
	return 1
}

func number(v any) float64 {
	if n, ok := v.(int); ok {
		return float64(n)
	}
	f, _ := v.(float64)
	return f
}

func enabled() []expr.Option {
	var out []expr.Option
	for _, name := range allowed {
		out = append(out, expr.EnableBuiltin(name))
	}
	return out
}

// yuan writes an amount in fen.
func yuan(v any) (string, error) {
	n, ok := v.(int)
	if !ok {
		return "", errors.New("not an amount")
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100), nil
}

// days counts from one day to another.
func days(from, to string) (int, error) {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	return int(b.Sub(a).Hours() / 24), errors.Join(err1, err2)
}

// months counts the whole months from one day to another, as policy.Date.MonthsUntil does: on the last day of a shorter
// month the month that began on a later day is over.
func months(from, to string) (int, error) {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	n := 12*(b.Year()-a.Year()) + int(b.Month()-a.Month())
	if b.Day() < min(a.Day(), b.AddDate(0, 1, -b.Day()).Day()) {
		n--
	}
	return n, errors.Join(err1, err2)
}

var unknownName = regexp.MustCompile(`unknown name (\S+)|unknown field (\S+)|has no field (\S+)`)

// faultOf tells the compiler's message in Chinese.
func faultOf(err error) error {
	message, column, where := err.Error(), 0, "表达式"
	if at := (*file.Error)(nil); errors.As(err, &at) {
		message, column = at.Message, at.Column+1
		where = fmt.Sprintf("表达式第 %d 个字符处", column)
	}
	switch m := unknownName.FindStringSubmatch(message); {
	case m != nil:
		return Fault{"expr_name", column, fmt.Sprintf("%s：没有“%s”这一项或函数", where, m[1]+m[2]+m[3])}
	case strings.Contains(message, "unexpected token"), strings.Contains(message, "syntax"), strings.Contains(message, "unrecognized"):
		return Fault{"expr_syntax", column, where + "：写法有误"}
	case strings.Contains(message, "mismatched types"), strings.Contains(message, "cannot use"), strings.Contains(message, "expected"):
		return Fault{"expr_type", column, where + "：类型不合"}
	}
	return Fault{"expr_wrong", column, where + "：有误"}
}
