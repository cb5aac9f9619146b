package refcount

import "testing"

// A Primary that was lost: the leak detector releases its own handle, and then the
// last borrower's release destroys.
func TestPrimaryLost(t *testing.T) {
	for _, borrowed := range []bool{false, true} {
		drops := 0
		p := NewPrimary(0, func(*int) { drops++ })
		h, _ := p.Lock()
		if !borrowed {
			h.Release()
		}
		last := p.own.Release()
		if last == borrowed || (drops == 1) == borrowed {
			t.Errorf("borrowed %v: the own handle was the last: %v, destroyed %d times", borrowed, last, drops)
		}
		if borrowed && (!h.Release() || drops != 1) {
			t.Errorf("the last borrower left the object destroyed %d times", drops)
		}
		if _, ok := p.Lock(); ok {
			t.Error("a lost Primary lends")
		}
		if err := p.Join(t.Context()); err != nil || drops != 1 {
			t.Errorf("Join = %v, destroyed %d times", err, drops)
		}
	}
}
