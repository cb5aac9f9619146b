package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/realweak/event"
)

// kindsFlag is the value of --kind: kinds of events, none for all.
type kindsFlag []event.Kind

// addKindsFlag adds --kind to a command and returns where its value will be.
func addKindsFlag(cmd *cobra.Command) *kindsFlag {
	f := new(kindsFlag)
	cmd.Flags().Var(f, "kind", "only events of this `kind`, as cleared; several with commas")
	var names []string
	for _, k := range event.Kinds() {
		names = append(names, k.String())
	}
	// It fails only for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
	return f
}

// Set implements pflag.Value. Several flags add up.
func (f *kindsFlag) Set(text string) error {
	for name := range strings.SplitSeq(text, ",") {
		var k event.Kind
		if err := k.UnmarshalText([]byte(name)); err != nil {
			return fmt.Errorf("no kind of event is called %q; there are %s", name, joinKinds(event.Kinds()))
		}
		if !slices.Contains(*f, k) {
			*f = append(*f, k)
		}
	}
	return nil
}

// String implements pflag.Value.
func (f *kindsFlag) String() string { return joinKinds(*f) }

// Type implements pflag.Value.
func (f *kindsFlag) Type() string { return "kind" }

func joinKinds(kinds []event.Kind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.String())
	}
	return strings.Join(names, ",")
}
