package main

import (
	"crypto/rand"
	"math/big"
	"net"

	"go.temporal.io/server/common/testing/freeport"
)

// Systems give outgoing connections ports from 32768 (Linux) or 49152 (others) on.
const lowestPort, ports = 20000, 12000

// freePort picks a port that nobody listens on, below those of outgoing connections: until it is listened on, which takes the
// server a second, one of these would not take it.
func freePort() int {
	for range 100 {
		n, err := rand.Int(rand.Reader, big.NewInt(ports))
		if err != nil {
			break
		}
		port := lowestPort + int(n.Int64())
		if l, err := net.Listen("tcp", hostPort("127.0.0.1", port)); err == nil && l.Close() == nil {
			return port
		}
	}
	return freeport.MustGetFreePort()
}
