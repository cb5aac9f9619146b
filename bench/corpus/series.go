package corpus

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
)

// Label is a name and a value, as of a time series.
type Label struct{ Name, Value string }

// Series generates the label sets of n time series, such as a monitoring server gets
// them from the wire again and again: each set is sorted by name, no two are the
// same, and its strings are pieces of one text of its own, as after decoding.
//
// The model is a cluster. Targets are pods, 1 for each 500 series, on nodes of 30
// pods each. A series has the seven labels of its pod and of the job, namespace and
// zone that this is in. Its metric is one of 1,500, which are used as unevenly as
// words are (Zipf, s = 1.1): a few have most of the series. Half of the metrics have
// nothing else; a quarter have a method, a path and a status, drawn likewise; and a
// quarter are histograms with 12 buckets each. What would come twice gets a label
// with its number. The same seed gives the same series.
func Series(seed uint64, n int) iter.Seq[[]Label] {
	return func(yield func([]Label) bool) {
		random := rand.New(rand.NewPCG(seed, uint64(n)))
		metrics := rand.NewZipf(random, 1.1, 1, 1_499)
		paths := rand.NewZipf(random, 1.2, 1, 299)
		statuses := rand.NewZipf(random, 2, 1, 7)
		pods := max(n/500, 1)
		seen := make(map[string]int, n)
		for range n {
			pod, metric := random.IntN(pods), int(metrics.Uint64())
			node, job := pod/30, pod%60
			labels := []Label{
				{"__name__", fmt.Sprintf("service_%d_requests_total", metric)},
				{"instance", fmt.Sprintf("10.%d.%d.%d:9090", node/250, node%250, pod%30+1)},
				{"job", fmt.Sprintf("job-%d", job)},
				{"namespace", fmt.Sprintf("team-%d", job/4)},
				{"node", fmt.Sprintf("node-%d.cluster.internal", node)},
				{"pod", fmt.Sprintf("job-%d-%x-%d", job, uint32(pod)*2654435761, pod)},
				{"zone", fmt.Sprintf("eu-west-%d", node%3)},
			}
			switch metric % 4 {
			case 2:
				labels = append(labels,
					Label{"method", []string{"GET", "POST", "PUT", "DELETE"}[random.IntN(4)]},
					Label{"path", fmt.Sprintf("/api/v1/resource-%d", paths.Uint64())},
					Label{"status", []string{"200", "404", "500", "201", "304", "400", "503", "429"}[statuses.Uint64()]})
			case 3:
				labels = append(labels, Label{"le", []string{"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"}[random.IntN(12)]})
			}
			slices.SortFunc(labels, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
			key := fmt.Sprint(labels)
			if seen[key]++; seen[key] > 1 {
				labels = append(labels, Label{"~replica", fmt.Sprint(seen[key])})
			}
			if !yield(decoded(labels)) {
				return
			}
		}
	}
}

// decoded returns the labels with strings that are pieces of one text.
func decoded(labels []Label) []Label {
	var text strings.Builder
	for _, l := range labels {
		text.WriteString(l.Name)
		text.WriteString(l.Value)
	}
	rest := text.String()
	own := make([]Label, len(labels))
	for i, l := range labels {
		own[i].Name, rest = rest[:len(l.Name)], rest[len(l.Name):]
		own[i].Value, rest = rest[:len(l.Value)], rest[len(l.Value):]
	}
	return own
}
