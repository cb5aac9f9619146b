package sim

// The journal says which references the Go program obtained and passed on since
// a Try began, so that an exception can give back the rest: the simulation's
// counterpart of unwinding the evaluation stack. It is written only inside a Try
// or a callback.

type journalEntry struct {
	o     *Object
	delta int
}

// journalLimit is the size at which a part of the journal is first netted.
const journalLimit = 1024

func (in *Interpreter) note(o *Object, delta int) {
	// Most references are passed on soon after they were obtained.
	if n := len(in.journal); n > in.segment && in.journal[n-1].o == o {
		in.journal[n-1].delta += delta
		if in.journal[n-1].delta == 0 {
			in.journal = in.journal[:n-1]
		}
		return
	}
	in.journal = append(in.journal, journalEntry{o, delta})
	if n := len(in.journal) - in.segment; n >= journalLimit && n&(n-1) == 0 {
		in.netJournal()
	}
}

// netJournal adds up the innermost part, in the order of the first entries.
func (in *Interpreter) netJournal() {
	part := in.journal[in.segment:]
	where := make(map[*Object]int, len(part))
	sums := make([]journalEntry, 0, len(part))
	for _, e := range part {
		i, ok := where[e.o]
		if !ok {
			i = len(sums)
			where[e.o] = i
			sums = append(sums, journalEntry{o: e.o})
		}
		sums[i].delta += e.delta
	}
	in.journal = in.journal[:in.segment]
	for _, e := range sums {
		if e.delta != 0 {
			in.journal = append(in.journal, e)
		}
	}
}

// enterTry starts a part of the journal and returns where the last one started.
func (in *Interpreter) enterTry() (outer int) {
	in.tries++
	outer = in.segment
	in.segment = len(in.journal)
	return outer
}

// leaveTry joins the part to the one around it.
func (in *Interpreter) leaveTry(outer int) {
	in.tries--
	in.segment = outer
	if in.tries == 0 {
		clear(in.journal)
		in.journal = in.journal[:0]
	}
}

// unwind releases what the innermost part obtained and did not pass on. The
// releases may run callbacks, which write to the journal beyond.
func (in *Interpreter) unwind() {
	in.netJournal()
	part := append([]journalEntry(nil), in.journal[in.segment:]...)
	for i := len(part) - 1; i >= 0; i-- {
		for range part[i].delta {
			in.Release(part[i].o)
		}
	}
}
