package refcount

import (
	"runtime"
	"testing"
	"weak"
)

// What holds a handle and is lost leaves the handle's front to the collector: so
// the leak detector finds it, as it does a lost handle. What it lent or handed out
// does not matter once that is given back.
func TestLost(t *testing.T) {
	for name, lose := range map[string]func() *front{
		"Atomic": func() *front {
			a := new(Atomic[string])
			s := New("Brie", nil)
			s.observe(idle{}, false)
			a.Store(&s)
			h := a.Load()
			defer h.Release()
			return h.block.front()
		},
		"Primary": func() *front {
			p := NewPrimary("Brie", nil)
			own := p.own.Swap(nil)
			own.observe(idle{}, false)
			p.own.Store(&own)
			h, _ := p.Lock()
			defer h.Release()
			return h.block.front()
		},
		"Handle": func() *front {
			h := NewHandle("Brie", func(string) error { return nil })
			h.owner.observe(idle{}, false)
			_ = h.Use(func(string) error { return nil })
			return h.owner.block.front()
		},
	} {
		t.Run(name, func(t *testing.T) {
			lost := make(chan weak.Pointer[front])
			go func() { lost <- weak.Make(lose()) }()
			f := <-lost
			for range 10 {
				if runtime.GC(); f.Value() == nil {
					return
				}
			}
			t.Error("something keeps the front")
		})
	}
}

// When the leak detector has released the handle of a lost Primary, the last
// borrower's release destroys the object.
func TestLostPrimaryIsDestroyed(t *testing.T) {
	for _, borrowed := range []bool{false, true} {
		drops := 0
		p := NewPrimary(0, func(*int) { drops++ })
		h, _ := p.Lock()
		if !borrowed {
			h.Release()
		}
		own := p.own.Swap(nil)
		last := own.Release()
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

// When the leak detector has released the owner's handle of a lost Handle, the
// resource is closed once its last use is over.
func TestLostHandleIsClosed(t *testing.T) {
	for _, used := range []bool{false, true} {
		closed := 0
		h := NewHandle(0, func(int) error { closed++; return nil })
		lose := func(int) error {
			h.owner.Release()
			if closed != 0 && used {
				t.Error("closed while in use")
			}
			return nil
		}
		if used {
			_ = h.Use(lose)
		} else {
			_ = lose(0)
		}
		if closed != 1 {
			t.Errorf("used %v: closed %d times", used, closed)
		}
	}
}
