package main

import "testing"

// A port that is picked lies below those of outgoing connections, which could take it before it is listened on.
func TestPickedPortsAreNotThoseOfConnections(t *testing.T) {
	for range 50 {
		if port := freePort(); port < lowestPort || port >= 32768 {
			t.Fatal(port)
		}
	}
}
