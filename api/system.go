package api

import (
	"context"
	"encoding/json"
	"errors"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
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

// HealthFault is what a check finds wrong, by a stable code.
type HealthFault string

// Error is the code.
func (f HealthFault) Error() string { return string(f) }

// GetHealth tells whether the database answers and has the right schema, and which other part does not do its work: people
// can go on without it, and somebody has to look (degraded).
func (s *server) GetHealth(ctx context.Context, _ gen.GetHealthRequestObject) (gen.GetHealthResponseObject, error) {
	err := s.engine.Store.SchemaCurrent(ctx)
	out := gen.Health{Status: gen.Ok, Version: s.version, Checks: []gen.HealthCheck{looked("database", err)}}
	for _, c := range s.healthChecks() {
		found := looked(c.name, c.check(ctx))
		if !found.Ok {
			out.Status = gen.Degraded
		}
		out.Checks = append(out.Checks, found)
	}
	if err != nil {
		out.Status = gen.Unavailable
		return gen.GetHealth503JSONResponse(out), nil
	}
	return gen.GetHealth200JSONResponse(out), nil
}

func healthCode(err error) string {
	var f HealthFault
	if errors.As(err, &f) {
		return string(f)
	}
	return "unavailable"
}

func looked(name string, err error) gen.HealthCheck {
	if err == nil {
		return gen.HealthCheck{Name: name, Ok: true}
	}
	return gen.HealthCheck{Name: name, Code: healthCode(err)}
}

type healthCheck struct {
	name  string
	check func(context.Context) error
}

// healthChecks are those of every server, that of the sealing where there is one, and those that it was given.
func (s *server) healthChecks() []healthCheck {
	out := []healthCheck{{"access_log", s.accessLogHealth}, {"record", s.recordHealth}}
	if s.sealer != nil {
		out = append(out, healthCheck{"sealing", s.sealingHealth})
	}
	for _, name := range sortedKeys(s.checks) {
		out = append(out, healthCheck{name, s.checks[name]})
	}
	return out
}

// accessLogHealth tells whether the last entry of the access log could be written. Who could not be written down has seen
// nothing: his request has failed.
func (s *server) accessLogHealth(context.Context) error {
	if s.logFailed.Load() {
		return HealthFault("access_log_failing")
	}
	return nil
}

// recordHealth tells whether the triggers are there that keep the record from being changed.
func (s *server) recordHealth(ctx context.Context) error {
	open, err := s.engine.Store.Unguarded(ctx)
	if err == nil && len(open) > 0 {
		err = HealthFault("record_unguarded")
	}
	return err
}

func (s *server) sealingHealth(ctx context.Context) error {
	code, err := s.sealer.Health(ctx)
	if err == nil && code != "" {
		err = HealthFault(code)
	}
	return err
}

// writeAccess writes an entry of the access log, and remembers whether that went well.
func (s *server) writeAccess(ctx context.Context, tx *gorm.DB, a *models.AccessLog) error {
	err := tx.Create(a).Error
	if err == nil || ctx.Err() == nil { // a caller who has gone away says nothing about the log
		s.logFailed.Store(err != nil)
	}
	return err
}
