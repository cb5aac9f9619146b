// Package weaktest makes tests of weak references deterministic.
//
// A collection clears weak pointers before [runtime.GC] returns, but the
// cleanups that it queued may run later, and callbacks later still. The helpers
// here collect, wait for the runtime's own count of executed cleanups to reach
// the count of queued ones, wait for the callbacks, and then ask; if the answer
// is no they try again, a bounded number of times. None of them sleeps for the
// collector, and all of them work inside a testing/synctest bubble too.
//
//	func TestMain(m *testing.M) { weaktest.Main(m) }
//
//	func TestSession(t *testing.T) {
//		ref := openAndDrop() // the object must die in another frame
//		weaktest.AwaitDead(t, ref)
//	}
package weaktest
