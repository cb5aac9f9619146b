package differential

// engine runs statements.
type engine interface {
	// do executes all but calls, collections and the exit.
	do(s statement) exception
	// call enters a function, runs its body, and leaves it.
	call(s statement, body func()) exception
	// settle collects what one collection can.
	settle()
	exit()
	// end lets go of all names, but not of weak references and finalizers.
	end()
	// observe leaves nothing in the caller's frame that keeps an object alive.
	observe() state
	// close leaves nothing behind for the next program.
	close()
}

// execute runs statements until after returns false, and returns what it did last.
// Collections are for after to make.
func execute(p []statement, e engine, after func(s statement, raised exception) bool) bool {
	for _, s := range p {
		var raised exception
		switch s.op {
		case opCall:
			on := true
			raised = e.call(s, func() { on = execute(s.body, e, after) })
			if !on {
				return false
			}
		case opExit:
			e.exit()
		case opSettle:
		default:
			raised = e.do(s)
		}
		if !after(s, raised) {
			return false
		}
	}
	return true
}
