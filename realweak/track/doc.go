// Package track shows which objects of a running program are alive, and which of
// them should not be.
//
//	var conns = track.NewGroup[Conn]("conns")
//
//	c := conns.Track(newConn())  // counted, and held weakly
//	…
//	conns.Expect(c)              // nobody should need it from here on
//
// An object that is still alive a while and a few collections after it was expected
// to die is retained: the sign of a leak, shown with the place that made it.
package track
