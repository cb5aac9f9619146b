package differential

// withLastUses returns the program with a statement after the last use of each
// local variable, where its life ends in Go.
func (p program) withLastUses() program {
	marked := make(program, 0, len(p))
	for _, s := range p {
		if s.op == opCall {
			s.body = markLastUses(s.body)
		}
		marked = append(marked, s)
	}
	return marked.numbered()
}

func markLastUses(body []statement) []statement {
	dead := map[int][]string{} // by the statement after which they are; -1 is the call
	for _, name := range localNames {
		defined := name == localNames[0]
		use := -1
		for i, s := range body {
			if s.reads(name) {
				use = i
			}
			if !s.writes(name) {
				continue
			}
			// An assignment is the end of what was there, so only a gap before
			// it makes a difference.
			if defined && use < i {
				dead[use] = append(dead[use], name)
			}
			defined, use = s.op != opDel, i
		}
		if defined {
			dead[use] = append(dead[use], name)
		}
	}
	var marked []statement
	end := func(i int) {
		for _, name := range dead[i] {
			marked = append(marked, statement{op: opLastUse, t: name})
		}
	}
	end(-1)
	for i, s := range body {
		marked = append(marked, s)
		end(i)
	}
	return marked
}
