// Package target reaches the places that the state of a running program can be read
// from: services with the handler of package debughttp, and files of what one said.
//
//	targets, err := target.ParseAll(args, target.Sources{Env: env, Stdin: stdin})
//	client, err := target.NewClient(target.Options{Timeout: 5 * time.Second})
//	defer client.Close()
//	for _, r := range target.Fetch(ctx, targets, client.Snapshot) {
//		…r.Target, r.Value, r.Err…
//	}
//
// All errors are of type [problem.Error] and say what to do next. What is read is
// bounded, whatever is at the other end.
package target
