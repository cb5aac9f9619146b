package differential

import "testing"

// agreed are programs with a point, on which all engines agree with the
// simulation.
var agreed = []struct{ point, source string }{
	{"the loop variable keeps the last cheese", `
		a = Node()
		b = Node()
		c = Node([a, b])
		wvd['j'] = a
		wvd['k'] = b
		del a
		del b
		for d in c: pass
		del c
		while gc.collect(): pass
		del d
		while gc.collect(): pass
		exit()
	`},
	{"two names, one object", `
		a = Node()
		b = a
		f1 = finalize(a, fired, 'f1')
		del a
		while gc.collect(): pass
		b = None
		while gc.collect(): pass
		exit()
	`},
	{"the callbacks of a cycle, which counts never run", `
		a = Node()
		b = Node()
		a.left = b
		b.right = a
		f1 = finalize(a, fired, 'f1')
		f2 = finalize(b, fired, 'f2')
		f3 = finalize(a, fired, 'f3')
		w1 = ref(b)
		del a
		del b
		while gc.collect(): pass
		exit()
	`},
	{"a callback that needs its own object", `
		a = Node()
		f1 = finalize(a, fired, 'f1', a)
		w1 = ref(a)
		del a
		while gc.collect(): pass
		f1.detach()
		while gc.collect(): pass
		exit()
	`},
	{"a value that refers to its weak key", `
		a = Node()
		b = Node([a, a])
		w1 = ref(b)
		wkd[a] = b
		del a
		del b
		while gc.collect(): pass
		wkd = WeakKeyDictionary()
		while gc.collect(): pass
		exit()
	`},
	{"an entry that was replaced before the old value died", `
		a = Node()
		b = Node()
		wvd['k'] = a
		wvd['k'] = b
		del a
		while gc.collect(): pass
		c = wvd['k']
		while gc.collect(): pass
		exit()
	`},
	{"exit: newest first, but for those that do not want to", `
		a = Node()
		b = Node()
		f1 = finalize(a, fired, 'f1')
		f2 = finalize(b, fired, 'f2')
		f3 = finalize(a, fired, 'f3')
		f4 = finalize(b, fired, 'f4')
		f3.atexit = False
		while gc.collect(): pass
		exit()
	`},
}

func TestAgreed(t *testing.T) {
	for _, x := range agreed {
		t.Run(x.point, func(t *testing.T) {
			p := mustParse(x.source)
			for _, compare := range []func(*testing.T, differences) comparison{inNamespace, inFrames, byCounts} {
				if err := compare(t, allDifferences).run(p); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
