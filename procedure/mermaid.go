package procedure

import (
	"fmt"
	"strings"
)

// Mermaid is the flow chart of d as Mermaid text, the same on every call. The
// state present, if not empty, is marked.
func (d *Definition) Mermaid(present State) string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, s := range d.States {
		fmt.Fprintf(&b, "  state \"%s\" as %s\n", s.Title, s.Code)
	}
	fmt.Fprintf(&b, "  [*] --> %s\n", d.Initial)
	for _, e := range d.Events {
		for _, s := range e.From {
			for _, to := range e.Targets(s) {
				fmt.Fprintf(&b, "  %s --> %s : %s\n", s, to, e.Title)
			}
		}
	}
	for _, s := range d.States {
		if s.Final {
			fmt.Fprintf(&b, "  %s --> [*]\n", s.Code)
		}
	}
	if present != "" {
		fmt.Fprintf(&b, "  classDef present font-weight:bold,stroke-width:3px\n  class %s present\n", present)
	}
	return b.String()
}
