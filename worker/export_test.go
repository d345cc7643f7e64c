package worker

// Flying is how many updates of this server are in flight on a case.
func (c *Cases) Flying(caseID string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flying[caseID]
}
