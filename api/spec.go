package api

import (
	_ "embed" // the specification is part of the binary
	"fmt"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

//go:embed openapi.yaml
var specYAML []byte

// Spec is the specification that is part of the binary. It is read once, and nobody changes it.
var Spec = sync.OnceValues(func() (*openapi3.T, error) {
	spec, err := openapi3.NewLoader().LoadFromData(specYAML)
	if err != nil {
		return nil, fmt.Errorf("embedded specification: %w", err)
	}
	for _, item := range spec.Paths.Map() { // any operation may be asked too often
		for _, op := range item.Operations() {
			if op.Responses.Value("429") == nil {
				op.Responses.Set("429", &openapi3.ResponseRef{Ref: "#/components/responses/TooMany", Value: spec.Components.Responses["TooMany"].Value})
			}
		}
	}
	return spec, nil
})
