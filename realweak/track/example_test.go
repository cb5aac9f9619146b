package track_test

import (
	"context"
	"fmt"
	"path"
	"runtime"
	"time"

	"github.com/referent-go/referent/realweak/track"
)

// Session is what a server has one of for each user.
type Session struct{ user *string }

// sessions is a leak: who logs out stays in it.
var sessions []*Session

func login(group *track.Group[Session], user string) *Session {
	s := group.Track(&Session{&user})
	sessions = append(sessions, s)
	return s
}

func logout(group *track.Group[Session], s *Session) {
	group.Expect(s) // nobody should need it from here on
}

func Example() {
	group := track.NewGroup[Session]("sessions", track.Grace(0))
	for _, user := range []string{"ada", "grace", "barbara"} {
		logout(group, login(group, user))
	}
	// A program that runs has collections by itself.
	for range 4 {
		runtime.GC()
		_ = track.Drain(context.Background())
	}
	for _, r := range track.AllRetained() {
		fmt.Printf("%d of %s, created by %s, expected to die by %s\n",
			r.Count, r.Group, path.Base(r.Created[0].Function), path.Base(r.Expected[0].Function))
	}
	// Output: 3 of sessions, created by track_test.login, expected to die by track_test.logout
	sessions = nil
}

func ExampleGroup_Stats() {
	group := track.NewGroup[Session]("example")
	user := "ada"
	s := group.Track(&Session{&user})
	before := group.Stats()
	done := make(chan struct{})
	go func() { // the objects die with its frame
		defer close(done)
		for range 10 {
			group.Track(&Session{&user})
		}
	}()
	<-done
	for range 2 {
		runtime.GC()
		_ = track.Drain(context.Background())
	}
	now := group.Stats()
	fmt.Println("live:", now.Live)
	fmt.Println("since before: created", now.Sub(before).Created, "cleaned", now.Sub(before).Cleaned)
	runtime.KeepAlive(s)
	// Output:
	// live: 1
	// since before: created 10 cleaned 10
}

func ExampleGrace() {
	// Uploads may take a while to wind down, and their number makes stacks dear.
	track.NewGroup[Session]("uploads", track.Grace(time.Minute), track.Collections(3), track.Sampling(100))
}
