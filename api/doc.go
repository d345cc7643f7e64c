// Package api serves the HTTP API that openapi.yaml describes, and the web
// application beside it.
package api

//go:generate go tool -modfile=../tools/go.mod oapi-codegen -config oapi-codegen.yaml openapi.yaml
//go:generate sh -c "sha256sum openapi.yaml > gen/openapi.sha256"
