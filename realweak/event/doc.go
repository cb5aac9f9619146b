// Package event carries what happens to watched objects: births, deaths,
// callbacks, releases, leaks and collections.
//
// Everything in this module that observes an object's life emits to a [Hub];
// unless stated otherwise to [Default]. Whoever wants to know subscribes and
// reads at its own speed:
//
//	sub := event.Default.Subscribe(1024)
//	defer sub.Close()
//	for e := range sub.Events(ctx) {
//		fmt.Println(e)
//	}
//
// # Cost
//
// With no subscriber an emission is one atomic load and allocates nothing, and
// no object gets an id or a birth time. Objects born before the first
// subscription therefore have neither when they die: their [Event.Object] and
// [Event.Age] are zero.
//
// # Not guaranteed
//
// A subscriber that falls behind loses the oldest events. They are counted
// ([Subscription.Lost], [Hub.Stats]) and leave a gap in [Event.Seq]. An emitter
// never waits for a subscriber.
//
// When an object became unreachable is not known to anybody, so no event says
// so. An age runs from birth to the moment the death was noticed.
package event
