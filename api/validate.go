package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/labstack/echo/v4"

	"shouwang/policy"
	"shouwang/procedure"
)

const (
	maxBody  = 1 << 20
	basePath = "/api/v1"
)

// operations finds the operation of the specification behind each route.
type operations struct {
	spec    *openapi3.T
	byRoute map[string]*routers.Route // "GET /cases/:id" → route
}

func newOperations(spec *openapi3.T) *operations {
	o := &operations{spec: spec, byRoute: map[string]*routers.Route{}}
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			o.byRoute[method+" "+echoPath(path)] = &routers.Route{Spec: spec, Path: path, PathItem: item, Method: method, Operation: op}
		}
	}
	return o
}

// echoPath writes /cases/{id} as Echo does: /api/v1/cases/:id.
func echoPath(path string) string {
	return basePath + strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// of is the operation of a request, nil when no route matched.
func (o *operations) of(c echo.Context) *routers.Route {
	return o.byRoute[c.Request().Method+" "+c.Path()]
}

// takesFile reports whether an operation takes a file.
func takesFile(r *routers.Route) bool {
	return r.Operation.RequestBody != nil && r.Operation.RequestBody.Value.Content["multipart/form-data"] != nil
}

// validate refuses requests that do not fit the specification: parameters,
// headers, and the body as exactly one JSON value without unknown members.
func (s *server) validate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		route := s.ops.of(c)
		if route == nil {
			return next(c) // Echo answers 404 or 405
		}
		limit := int64(maxBody)
		if takesFile(route) {
			limit = s.maxAttachment + maxBody
		}
		r := c.Request()
		if r.ContentLength > limit {
			return tooLarge(limit)
		}
		if err := checkAddress(c); err != nil {
			return err
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
		if err := checkBody(route, r); err != nil {
			return err
		}
		input := &openapi3filter.RequestValidationInput{
			Request: r, PathParams: pathParams(c), Route: route,
			Options: &openapi3filter.Options{
				MultiError: true, KeepValidatedValue: true, SkipSettingDefaults: true, ExcludeRequestBody: takesFile(route),
				AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, // session.go decides
			},
		}
		if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
			return requestProblem(err)
		}
		return next(c)
	}
}

// isText reports whether a text can be stored in either database: UTF-8 without NUL.
func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

func notText(field string) *problem {
	f := procedure.FieldFault{Field: field, Code: "wrong_format", Message: "“" + named(field) + "”的写法不对"}
	return badRequest(f.Code, f.Message, f)
}

// checkAddress refuses parameters that are no text.
func checkAddress(c echo.Context) error {
	for i, value := range c.ParamValues() {
		if !isText(value) {
			return notText(c.ParamNames()[i])
		}
	}
	query, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return notText("")
	}
	for _, name := range sortedKeys(query) {
		if !isText(name) {
			return notText("")
		}
		if slices.ContainsFunc(query[name], func(v string) bool { return !isText(v) }) {
			return notText(name)
		}
	}
	return nil
}

func pathParams(c echo.Context) map[string]string {
	out := map[string]string{}
	for i, name := range c.ParamNames() {
		out[name] = c.ParamValues()[i]
	}
	return out
}

// checkBody checks the form of a body before its content is looked at.
func checkBody(route *routers.Route, r *http.Request) error {
	switch {
	case route.Operation.RequestBody == nil:
		return nil
	case !takesFile(route):
		return strictJSON(r)
	}
	media, params, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || media != echo.MIMEMultipartForm {
		return &problem{status: http.StatusUnsupportedMediaType, code: "unsupported_media_type", detail: "请以 multipart/form-data 提交"}
	}
	if params["boundary"] == "" {
		return badRequest("malformed_form", "multipart/form-data 缺少 boundary")
	}
	return nil
}

// strictJSON reads the body and puts it back: one JSON value in UTF-8, nothing
// after it, and no NUL, which PostgreSQL cannot store.
func strictJSON(r *http.Request) error {
	media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || media != echo.MIMEApplicationJSON {
		return &problem{status: http.StatusUnsupportedMediaType, code: "unsupported_media_type", detail: "请以 application/json 提交"}
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	malformed := badRequest("malformed_json", "提交的内容不是一个完整的 JSON")
	if !utf8.Valid(raw) || bytes.Contains(raw, []byte(`\u0000`)) {
		return malformed
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	var v json.RawMessage
	if err := dec.Decode(&v); err != nil {
		return malformed
	}
	if _, err := dec.Token(); err != io.EOF {
		return malformed
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	return nil
}

// requestProblem names each fault of a request with its place.
func requestProblem(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return large
	}
	out := badRequest("bad_request", "请求不合要求，请按提示修改")
	collect(err, "", out)
	if len(out.faults) == 1 {
		out.code = out.faults[0].Code
		out.detail = out.faults[0].Message
	}
	return out
}

// collect walks the validator's errors, which nest, and adds one fault for each
// that names a place.
func collect(err error, place string, out *problem) {
	var multi openapi3.MultiError
	switch e := err.(type) {
	case openapi3.MultiError:
		multi = e
	case *openapi3filter.RequestError:
		if e.Parameter != nil {
			place = e.Parameter.Name
		}
		if errors.Is(e.Err, openapi3filter.ErrInvalidRequired) || e.Err == nil {
			out.faults = append(out.faults, missing(e))
			return
		}
		collect(e.Err, place, out)
		return
	case *openapi3.SchemaError:
		out.faults = append(out.faults, schemaFault(e, place))
		return
	default:
		out.faults = append(out.faults, procedure.FieldFault{Field: place, Code: "wrong_format", Message: "“" + named(place) + "”的写法不对"})
		return
	}
	for _, e := range multi {
		collect(e, place, out)
	}
}

func missing(e *openapi3filter.RequestError) procedure.FieldFault {
	switch {
	case e.Parameter == nil:
		return procedure.FieldFault{Code: "body_required", Message: "请求缺少内容"}
	case e.Parameter.Name == "Idempotency-Key":
		return procedure.FieldFault{Field: e.Parameter.Name, Code: "idempotency_key_required", Message: "请求头缺少 Idempotency-Key"}
	}
	return procedure.FieldFault{Field: e.Parameter.Name, Code: "required", Message: "缺少参数 " + e.Parameter.Name}
}

// unknownProperty finds the name that the validator tells in its reason only.
var unknownProperty = regexp.MustCompile(`property "([^"]*)" is`)

func schemaFault(e *openapi3.SchemaError, place string) procedure.FieldFault {
	if path := strings.Join(e.JSONPointer(), "."); path != "" {
		place = strings.TrimPrefix(place+"."+path, ".")
	}
	f := procedure.FieldFault{Field: place}
	switch e.SchemaField {
	case "required":
		f.Code, f.Message = "required", "请填写 "+named(place)
	case "additionalProperties", "properties":
		if m := unknownProperty.FindStringSubmatch(e.Reason); m != nil {
			place = strings.TrimPrefix(place+"."+policy.Shown(m[1]), ".")
			f.Field = place
		}
		f.Code, f.Message = "unknown_field", "没有 "+named(place)+" 这一项"
	case "type":
		f.Code, f.Message = "wrong_type", named(place)+" 的类型不对"
	case "maxLength", "maxItems":
		f.Code, f.Message = "too_long", named(place)+" 太长"
	case "minLength", "minItems":
		f.Code, f.Message = "too_short", named(place)+" 太短"
	case "minimum", "maximum":
		f.Code, f.Message = "out_of_range", fmt.Sprintf("%s 超出范围", named(place))
	case "enum":
		f.Code, f.Message = "unknown_option", named(place)+" 不是可选的值"
	case "format":
		f.Code, f.Message = "wrong_format", named(place)+" 的写法不对"
		if e.Schema.Format == inClear {
			f.Code, f.Message = "personal_data", named(place)+" 会明文保存，请不要填写身份证号、手机号或者银行卡号"
		}
	default:
		f.Code, f.Message = "wrong_format", named(place)+" 的写法不对"
	}
	return f
}

// inClear is the format of texts that are kept in the clear, in logs and tables that nobody masks.
const inClear = "in_clear"

func init() {
	openapi3.DefineStringFormatValidator(inClear, openapi3.NewCallbackValidator(func(text string) error {
		if policy.Personal(text) {
			return errors.New("personal data")
		}
		return nil
	}))
}

func named(place string) string {
	if place == "" {
		return "请求内容"
	}
	return place
}
