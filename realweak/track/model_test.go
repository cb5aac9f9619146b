package track_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/referent-go/referent/realweak/track"
)

// modelled is what the model knows of one object.
type modelled struct {
	object   *conn
	expected bool
}

// Random programs, and what a group says after each collection.
func TestAgainstAModel(t *testing.T) {
	programs := 10
	if testing.Short() {
		programs = 3
	}
	for seed := range programs {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(seed), 1))
			g := track.NewGroup[conn](t.Name(), track.Grace(0), track.Collections(1), track.Sampling(random.IntN(3)))
			alive := make(map[int]*modelled)
			created, next := 0, 0
			for range 8 {
				elsewhere(func() { // no frame of this goroutine keeps an object
					for range 1 + random.IntN(400) {
						switch what := random.IntN(10); {
						case what < 4 || len(alive) == 0:
							alive[next] = &modelled{object: g.Track(new(conn))}
							next++
							created++
						case what < 5: // never tracked before
							m := &modelled{object: new(conn), expected: true}
							g.Expect(m.object)
							alive[next] = m
							next++
							created++
						default:
							{
								key := anyKey(random, alive)
								switch m := alive[key]; {
								case what < 7:
									g.Expect(m.object)
									m.expected = true
								case what < 8:
									g.Track(m.object)
									m.expected = false
								default:
									delete(alive, key)
								}
							}
						}
					}
				})
				collect(t, 3)
				retained := 0
				for _, m := range alive {
					if m.expected {
						retained++
					}
				}
				s := g.Stats()
				if s.Created != uint64(created) || s.Live != len(alive) || s.Cleaned != uint64(created-len(alive)) || s.Retained != retained || s.Expected != 0 {
					t.Fatalf("%+v; want created %d, live %d, retained %d", s, created, len(alive), retained)
				}
				sum := 0
				for _, r := range g.Retained() {
					sum += r.Count
				}
				var living, dead int64
				for _, sample := range track.Samples() {
					if sample.Group == t.Name() {
						living += sample.Count
					}
				}
				for _, sample := range track.Deaths() {
					if sample.Group == t.Name() {
						dead += sample.Count
					}
				}
				if sum != retained || living != int64(len(alive)) || dead != int64(created-len(alive)) {
					t.Fatalf("retained %d, samples %d, deaths %d; want %d, %d, %d", sum, living, dead, retained, len(alive), created-len(alive))
				}
			}
			runtime.KeepAlive(g)
		})
	}
}

// anyKey returns a key that is the same one for the same program.
func anyKey(random *rand.Rand, alive map[int]*modelled) int {
	n := random.IntN(len(alive))
	for key := 0; ; key++ {
		if _, ok := alive[key]; ok {
			if n == 0 {
				return key
			}
			n--
		}
	}
}
