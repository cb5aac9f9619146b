package serial

// Waiters returns how many calls of Wait have not been let through.
func (q *Queue[T]) Waiters() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiters)
}
