package api

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// Why somebody looks is written freely, and people write names: it travels in the body, never in an address. What is chosen
// from a list may.
func TestNoReasonInAnAddress(t *testing.T) {
	t.Parallel()
	spec, err := Spec()
	require.NoError(t, err)
	for path, item := range spec.Paths.Map() {
		for _, op := range item.Operations() {
			for _, p := range append(append(openapi3.Parameters{}, item.Parameters...), op.Parameters...) {
				if name := p.Value.Name; name == "purpose" || name == "reason" || name == "note" || name == "id_no" || name == "phone" {
					require.NotEmpty(t, p.Value.Schema.Value.Enum, "%s takes %s from the address: %s", op.OperationID, name, path)
				}
			}
		}
	}
}
