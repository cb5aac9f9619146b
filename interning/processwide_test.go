package interning

import "testing"

// TestNoRoomInQuick: a type whose places are all taken has its table nevertheless, and
// a hit allocates nothing.
func TestNoRoomInQuick(t *testing.T) {
	type crowded string
	typ := descriptor((*tuples[crowded])(nil))
	var others [quickPlaces]byte // stand for types
	for i := range others {
		q := &quick[(quickAt(typ)+uint32(i))%(1<<quickBits)]
		if was := q.typ.Load(); was == nil {
			q.typ.Store(&others[i])
			defer q.typ.Store(nil)
		}
	}
	if quickly((*tuples[crowded])(nil)) != nil {
		t.Fatal("the type has a table before the first call")
	}
	a := TupleOf[crowded]("a", "b")
	if TupleOf[crowded]("a", "b") != a || quickly((*tuples[crowded])(nil)) != nil {
		t.Error("the type has two tables")
	}
	expectAllocs(t, "a hit of a type without a place", 0, func() { TupleOf[crowded]("a", "b") })
}
