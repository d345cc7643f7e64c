package api

import (
	"context"
	"encoding/json"

	"shouwang/api/gen"
)

// GetOpenAPI gives the specification this server was made from.
func (s *server) GetOpenAPI(context.Context, gen.GetOpenAPIRequestObject) (gen.GetOpenAPIResponseObject, error) {
	raw, err := s.ops.spec.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var out gen.GetOpenAPI200JSONResponse
	return out, json.Unmarshal(raw, &out)
}

// GetHealth tells whether the database answers and has the right schema.
func (s *server) GetHealth(ctx context.Context, _ gen.GetHealthRequestObject) (gen.GetHealthResponseObject, error) {
	err := s.engine.Store.SchemaCurrent(ctx)
	out := gen.Health{Status: gen.Ok, Version: s.version, Checks: []gen.HealthCheck{{Name: "database", Ok: err == nil}}}
	for _, name := range sortedKeys(s.checks) {
		out.Checks = append(out.Checks, gen.HealthCheck{Name: name, Ok: s.checks[name](ctx) == nil})
	}
	if err != nil {
		out.Status = gen.Unavailable
		return gen.GetHealth503JSONResponse(out), nil
	}
	return gen.GetHealth200JSONResponse(out), nil
}
