package differential

import (
	"errors"
	"testing"
)

// A witness is a program that shows a difference, and how the engine that differs
// is compared.
type witness struct {
	difference difference
	compare    func(t *testing.T, model differences) comparison
	source     string
	// rare says that Go may agree by chance.
	rare bool
}

var witnesses = []witness{
	{difference: deathWaits, compare: inNamespace, source: `
		a = Node()
		w1 = ref(a)
		del a
		while gc.collect(): pass
		exit()
	`},
	{difference: chainsWait, compare: inNamespace, source: `
		a = Node()
		b = Node()
		w1 = ref(b)
		f1 = finalize(a, fired, 'f1', b)
		del b
		del a
		while gc.collect(): pass
		exit()
	`},
	{difference: lastUse, compare: inFrames, source: `
		a = Node()
		def f(x):
		    y = Node()
		    w1 = ref(y)
		    while gc.collect(): pass
		f(a)
		while gc.collect(): pass
		exit()
	`},
	{difference: lastUse, compare: inFrames, source: `
		a = Node()
		b = Node([a, a])
		del a
		def f(x):
		    for y in x: pass
		    w1 = ref(y)
		    x.clear()
		    while gc.collect(): pass
		f(b)
		while gc.collect(): pass
		exit()
	`},
	{difference: callbacksUnordered, compare: inNamespace, rare: true, source: `
		a = Node()
		b = Node()
		c = Node()
		d = Node()
		f1 = finalize(a, fired, 'f1')
		f2 = finalize(b, fired, 'f2')
		f3 = finalize(c, fired, 'f3')
		f4 = finalize(d, fired, 'f4')
		del d
		del a
		del c
		del b
		while gc.collect(): pass
		exit()
	`},
	{difference: callbacksUnordered, compare: byCounts, source: `
		a = Node()
		b = Node()
		c = Node()
		d = Node()
		f1 = finalize(b, fired, 'f1')
		f2 = finalize(c, fired, 'f2')
		f3 = finalize(d, fired, 'f3')
		b.left = c
		a.left = b
		a.right = d
		a.append(c)
		del b
		del c
		del d
		del a
		exit()
	`},
	{difference: collectionsUnordered, compare: inNamespace, rare: true, source: `
		a = Node()
		b = Node()
		c = Node()
		d = Node()
		ws.add(d)
		ws.add(b)
		ws.add(a)
		ws.add(c)
		while gc.collect(): pass
		exit()
	`},
	{difference: keysAreObjects, compare: inNamespace, source: `
		a = Key(1)
		b = Key(1)
		ws.add(a)
		ws.add(b)
		while gc.collect(): pass
		exit()
	`},
	{difference: keysAreObjects, compare: inNamespace, source: `
		a = Key(1)
		b = Key(1)
		wkd[a] = b
		c = wkd[b]
		while gc.collect(): pass
		exit()
	`},
	{difference: exitDelaysDeath, compare: inNamespace, source: `
		a = Node()
		b = Node()
		c = Node()
		f1 = finalize(a, fired, 'f1')
		f2 = finalize(b, fired, 'f2')
		f3 = finalize(c, fired, 'f3', a)
		del a
		while gc.collect(): pass
		exit()
	`},
	{difference: exitIsNoEnd, compare: inNamespace, source: `
		a = Node()
		f1 = finalize(a, fired, 'f1')
		f1.atexit = False
		while gc.collect(): pass
		exit()
	`},
	{difference: countedCyclesStay, compare: byCounts, source: `
		a = Node()
		a.left = a
		f1 = finalize(a, fired, 'f1')
		w1 = ref(a)
		del a
		while gc.collect(): pass
		exit()
	`},
	{difference: countedHasNoExit, compare: byCounts, source: `
		a = Node()
		f1 = finalize(a, fired, 'f1')
		exit()
	`},
}

// TestDifferences shows that each difference is one: there is a program on which
// Go and Python agree with the model, and disagree without.
func TestDifferences(t *testing.T) {
	shown := map[difference]bool{}
	for _, w := range witnesses {
		shown[w.difference] = true
		t.Run(string(w.difference), func(t *testing.T) {
			p := mustParse(w.source)
			if c := w.compare(t, allDifferences); c.lastUses {
				p = p.withLastUses()
			}
			if err := w.compare(t, allDifferences).run(p); err != nil {
				t.Fatalf("with the model: %v", err)
			}
			attempts := 1
			if w.rare {
				attempts = 100
			}
			var err error
			for range attempts {
				if err = w.compare(t, allDifferences.without(w.difference)).run(p); err != nil {
					break
				}
			}
			var d *divergence
			if !errors.As(err, &d) {
				t.Fatalf("without the model they agree too (%v) on\n%v", err, p)
			}
			t.Log(d)
		})
	}
	for _, d := range allDifferences {
		if !shown[d] {
			t.Errorf("no program shows %q", d)
		}
	}
}
