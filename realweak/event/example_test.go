package event_test

import (
	"fmt"

	"github.com/referent-go/referent/realweak/event"
)

func ExampleHub() {
	var hub event.Hub
	sub := hub.Subscribe(16, event.Created, event.Released)
	hub.Emit(event.Event{Kind: event.Created, Object: 1, Type: "main.Cheese", Label: "Brie"})
	hub.Emit(event.Event{Kind: event.Cleared, Object: 1}) // not asked for
	hub.Emit(event.Event{Kind: event.Released, Object: 1, Type: "main.Cheese", Label: "Brie", Actor: event.Caller})
	sub.Close()
	for e, ok := sub.Poll(); ok; e, ok = sub.Poll() {
		fmt.Println(e)
	}
	fmt.Println("lost:", sub.Lost())
	// Output:
	// created #1 main.Cheese "Brie"
	// released #1 main.Cheese "Brie" by caller
	// lost: 0
}

func ExampleSubscription_Lost() {
	var hub event.Hub
	sub := hub.Subscribe(2)
	defer sub.Close()
	for i := range 5 {
		hub.Emit(event.Event{Kind: event.Created, Object: event.ID(i + 1)})
	}
	e, _ := sub.Poll()
	fmt.Println("the oldest that is left:", e)
	fmt.Println("lost:", sub.Lost())
	// Output:
	// the oldest that is left: created #4
	// lost: 3
}
