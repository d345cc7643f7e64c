package procedure

import (
	"context"
	"errors"
	"fmt"

	"github.com/looplab/fsm"
)

// ErrNotAllowed says that an event cannot be fired in the present state.
var ErrNotAllowed = errors.New("not allowed in this state")

// Machine is looplab/fsm restricted to what is safe inside a workflow: no
// callbacks, no metadata, no asynchronous transitions. It is the only file that
// imports the library.
type Machine struct {
	def *Definition
	fsm *fsm.FSM
}

// NewMachine makes a machine of d standing at state at.
func NewMachine(d *Definition, at State) *Machine {
	events := make(fsm.Events, 0, len(d.Events))
	for _, e := range d.Events {
		for _, s := range e.From {
			events = append(events, fsm.EventDesc{Name: e.Code, Src: []string{string(s)}, Dst: string(e.next(s))})
		}
	}
	return &Machine{def: d, fsm: fsm.NewFSM(string(at), events, nil)}
}

// State is where the machine stands.
func (m *Machine) State() State { return State(m.fsm.Current()) }

// Final reports whether the machine stands at an end.
func (m *Machine) Final() bool { return m.def.Final(m.State()) }

// Fire moves the machine and returns the new state. An event that leaves the
// state as it is succeeds. ErrNotAllowed: the event does not leave this state.
func (m *Machine) Fire(event string, former State) (State, error) {
	e, ok := m.def.EventFrom(event, m.State())
	if !ok {
		return m.State(), fmt.Errorf("%w: %s in %s", ErrNotAllowed, event, m.State())
	}
	to := e.Target(m.State(), former)
	err := m.fsm.Event(context.Background(), event)
	var same fsm.NoTransitionError
	if err != nil && !(errors.As(err, &same) && same.Err == nil) {
		return m.State(), fmt.Errorf("%w: %w", ErrNotAllowed, err)
	}
	m.fsm.SetState(string(to)) // the former state, where the event returns to it
	return to, nil
}
