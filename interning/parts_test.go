package interning

import (
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

func TestParts(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, longText - 1, longText, longText + 1,
		shortParts - 1, shortParts, shortParts + 1, 2 * shortParts, 1000} {
		whole := strings.Repeat("0123456789abcdef", n/16+1)[:n]
		want := String(whole)
		for _, parts := range [][]string{
			{whole}, {"", whole, ""}, {whole[:n/2], whole[n/2:]}, {whole[:n/3], whole[n/3 : n/2], whole[n/2:]}, strings.Split(whole, ""),
		} {
			got := Parts(parts...)
			if got != want || n > 0 && data(got) != data(want) {
				t.Errorf("Parts(%q) = %q, which is not the canonical string", parts, got)
			}
			expectAllocs(t, "a hit of Parts", 0, func() { _ = Parts(parts...) })
		}
	}
	if Parts() != "" {
		t.Error("no parts are not the empty string")
	}
}

func TestPartsMakesTheString(t *testing.T) {
	for _, n := range []int{10, 1000} {
		a, b := fresh("new %d ", n), strings.Repeat("x", n)
		s := Parts(a, b)
		if s != a+b || data(String(a+b)) != data(s) {
			t.Errorf("Parts made %q", s)
		}
	}
	weaktest.AwaitDead(t, partsAndDrop("to be ", "dropped"))
	weaktest.AwaitDead(t, partsAndDrop("long ", strings.Repeat("x", 500)))
}

//go:noinline
func partsAndDrop(parts ...string) realweak.Ref[byte] { return realweak.Make(data(Parts(parts...))) }

func FuzzParts(f *testing.F) {
	f.Add("ab", "c", "", 3)
	f.Add("", "", "x", 200)
	f.Fuzz(func(t *testing.T, a, b, c string, n int) {
		c = strings.Repeat(c, min(max(n, 0)%64, 4096/(len(c)+1)))
		want := String(a + b + c)
		if got := Parts(a, b, c); got != want || len(want) > 0 && data(got) != data(want) {
			t.Errorf("Parts(%q, %q, %q) = %q, not the canonical string", a, b, c, got)
		}
	})
}
