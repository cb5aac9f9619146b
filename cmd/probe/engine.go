package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// The engines that a program can be played on.
const (
	engineSim       = "sim"       // the simulation of CPython's object model
	engineCounted   = "counted"   // reference counts
	engineCollected = "collected" // Go's collector
)

// engineFlag is the value of --engine: the engines to play on, in their fixed order.
type engineFlag []string

var allEngines = engineFlag{engineSim, engineCounted, engineCollected}

// addEngineFlag adds --engine to a command and returns where its value will be.
func addEngineFlag(cmd *cobra.Command) *engineFlag {
	f := slices.Clone(allEngines)
	cmd.Flags().Var(&f, "engine", "play on `all`, sim, counted or collected; several with commas")
	// It fails only for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("engine", cobra.FixedCompletions(append([]string{"all"}, allEngines...), cobra.ShellCompDirectiveNoFileComp))
	return &f
}

// Set implements pflag.Value.
func (f *engineFlag) Set(text string) error {
	var chosen engineFlag
	for name := range strings.SplitSeq(text, ",") {
		switch {
		case name == "all":
			chosen = append(chosen, allEngines...)
		case slices.Contains(allEngines, name):
			chosen = append(chosen, name)
		default:
			return fmt.Errorf("no engine is called %q; there are all, %s", name, strings.Join(allEngines, ", "))
		}
	}
	*f = slices.DeleteFunc(slices.Clone(allEngines), func(e string) bool { return !slices.Contains(chosen, e) })
	return nil
}

// String implements pflag.Value.
func (f *engineFlag) String() string {
	if slices.Equal(*f, allEngines) {
		return "all"
	}
	return strings.Join(*f, ",")
}

// Type implements pflag.Value.
func (f *engineFlag) Type() string { return "engine" }
