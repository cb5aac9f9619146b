package interning

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

func data(s string) *byte { return unsafe.StringData(s) }

func TestStringIsCanonical(t *testing.T) {
	for _, s := range []string{"", "a", "\x00", "\xff", "ab", "fifteen bytes..", strings.Repeat("long ", 1000)} {
		a, b := String(strings.Clone(s)), String(strings.Clone(s))
		c := Bytes([]byte(s))
		if a != s || b != s || c != s {
			t.Fatalf("String(%q) = %q, %q; Bytes = %q", s, a, b, c)
		}
		if s != "" && (data(a) != data(b) || data(a) != data(c)) {
			t.Errorf("String(%q) has bytes at %p and %p, Bytes at %p; want one place", s, data(a), data(b), data(c))
		}
	}
	if x, y := String(fresh("same length %d", 1)), String(fresh("same length %d", 2)); x == y {
		t.Errorf("different strings became %q", x)
	}
}

// A text is told from those of its length that differ in one byte, and from those that
// begin or end as it does.
func TestTextIs(t *testing.T) {
	all := strings.Repeat("0123456789", 5)
	for n := 2; n < len(all); n++ {
		node, _ := newText(all[:n])
		is := (*text)(node).is
		if (*text)(node).String() != all[:n] || !is(strings.Clone(all[:n])) {
			t.Fatalf("a text of %d bytes is not itself", n)
		}
		if is(all[:n+1]) || is(all[:n-1]) || is(all[1:n]) {
			t.Errorf("a text of %d bytes is one of another length", n)
		}
		for i := range n {
			other := []byte(all[:n])
			other[i]++
			if is(string(other)) {
				t.Errorf("a text of %d bytes is one with another byte %d", n, i)
			}
		}
	}
}

func TestBytesDoesNotKeepItsArgument(t *testing.T) {
	b := []byte("written to afterwards")
	s := Bytes(b)
	b[0] = 'W'
	if s != "written to afterwards" || String("written to afterwards") != s {
		t.Errorf("the canonical string changed to %q", s)
	}
}

//go:noinline
func internAndDrop(s string) realweak.Ref[byte] {
	return realweak.Make(data(String(s)))
}

func TestStringDies(t *testing.T) {
	// Short ones too: none may share a tiny block with a neighbour.
	for _, s := range []string{"ab", "short", "a somewhat longer string", strings.Repeat("x", 100_000)} {
		neighbour := String(s + "!")
		ref := internAndDrop(s)
		weaktest.AwaitDead(t, ref)
		if err := realweak.CheckReferent(data(neighbour)); err != nil {
			t.Error(err)
		}
	}
}

//go:noinline
func internPiece(s string, from, to int) (string, realweak.Ref[byte]) {
	s = String(s)
	return s[from:to], realweak.Make(data(s))
}

func TestPieceKeepsCanonicalString(t *testing.T) {
	whole := fresh("kept by %d of its bytes", 3)
	piece, ref := internPiece(whole, 5, 8)
	for range 3 {
		weaktest.Collect(t)
	}
	if !ref.Alive() {
		t.Fatal("a piece of the canonical string did not keep it alive")
	}
	if got := String(whole); &unsafe.Slice(data(got), len(got))[5] != data(piece) {
		t.Error("a second canonical string exists beside one that is alive in a piece of it")
	}
	if piece != whole[5:8] {
		t.Errorf("the piece became %q", piece)
	}
}

//go:noinline
func internPieceOfParent() (string, realweak.Ref[byte]) {
	parent := fresh("%s", strings.Repeat("parent ", 10_000))
	return String(parent[7:13]), realweak.Make(data(parent))
}

func TestStringDoesNotKeepTheParentOfItsArgument(t *testing.T) {
	piece, parent := internPieceOfParent()
	weaktest.AwaitDead(t, parent)
	if piece != "parent" {
		t.Errorf("the canonical string became %q", piece)
	}
}

func TestStringHitAllocatesNothing(t *testing.T) {
	for _, s := range []string{"", "a", "found again and again", strings.Repeat("long ", 1000)} {
		keep := String(s)
		b := []byte(s)
		expectAllocs(t, "a hit of String", 0, func() { _ = String(s) })
		expectAllocs(t, "a hit of Bytes", 0, func() { _ = Bytes(b) })
		_ = keep
	}
}

func TestStringStats(t *testing.T) {
	before := StringStats()
	s := fresh("counted %d", 1)
	a := String(s)
	b := String(s)
	c := Bytes([]byte(s))
	after := StringStats()
	if got := after.Misses - before.Misses; got != 1 {
		t.Errorf("%d misses, want 1", got)
	}
	if got := after.Hits - before.Hits; got != 2 {
		t.Errorf("%d hits, want 2", got)
	}
	if got, want := after.BytesSaved-before.BytesSaved, uint64(2*len(s)); got != want {
		t.Errorf("%d bytes saved, want %d", got, want)
	}
	if after.Live < 1 {
		t.Errorf("%d entries live", after.Live)
	}
	_, _, _ = a, b, c
}
