package service

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Users are a load on a service: each of them opens a session on some directory over
// HTTP, asks for its names, and closes it; every fifth time it compares two
// directories instead.
type Users struct {
	URL         string // of the service
	Directories []string
	N           int     // users at a time
	Rate        float64 // turns a second, of all together
	Client      *http.Client
}

// Run has the users go on until ctx is done, and returns how many of their requests
// went wrong.
func (u Users) Run(ctx context.Context) (failed int) {
	var (
		wg sync.WaitGroup
		mu sync.Mutex
	)
	pause := time.Duration(float64(u.N) / u.Rate * float64(time.Second))
	for range u.N {
		wg.Go(func() {
			// A start somewhere in the pause, so that they do not come all at once.
			timer := time.NewTimer(rand.N(pause + 1))
			defer timer.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-timer.C:
				}
				timer.Reset(pause)
				if err := u.turn(ctx); err != nil && ctx.Err() == nil {
					mu.Lock()
					failed++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return failed
}

func (u Users) turn(ctx context.Context) error {
	if rand.IntN(5) == 0 {
		return u.do(ctx, http.MethodGet, "compare?"+url.Values{"left": {u.directory()}, "right": {u.directory()}}.Encode(), nil)
	}
	var session Opened
	if err := u.do(ctx, http.MethodPost, "sessions?"+url.Values{"dir": {u.directory()}}.Encode(), &session); err != nil {
		return err
	}
	path := fmt.Sprintf("sessions/%d", session.ID)
	names := u.do(ctx, http.MethodGet, path+"/names", nil)
	if err := u.do(ctx, http.MethodDelete, path, nil); err != nil {
		return err
	}
	return names
}

func (u Users) directory() string { return u.Directories[rand.IntN(len(u.Directories))] }

func (u Users) do(ctx context.Context, method, path string, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, u.URL+path, nil)
	if err != nil {
		return err
	}
	response, err := u.Client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, path, response.Status)
	}
	if answer == nil {
		_, err = io.Copy(io.Discard, response.Body)
		return err
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
