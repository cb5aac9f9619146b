package realweak

// SlotIndexLen returns how many weak references a table keeps for its entries.
func SlotIndexLen[K Slotted, V any](t *SlotTable[K, V]) int {
	if o := t.owner.Load(); o != nil {
		return len(o.index.slots())
	}
	return 0
}

// SlotsOn returns how many slots hang off a key.
func SlotsOn(s *Slots) (n int) {
	for p := s.head.Load(); p != nil; p = p.next.Load() {
		n++
	}
	return n
}
