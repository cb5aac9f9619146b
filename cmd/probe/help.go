package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
)

// newHelpCommand replaces cobra's, which does not fail for an unknown topic.
func newHelpCommand(a *app, root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [command]",
		Short:   "Help about a command, or `words`, `attach`",
		GroupID: groupAbout,
		RunE: a.runs(func(_ *cobra.Command, args []string) error {
			topic, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return &problem.Error{
					Code: problem.Usage,
					What: fmt.Sprintf("no help about %q", strings.Join(args, " ")),
					Next: "see `probe help` for the commands",
				}
			}
			topic.InitDefaultHelpFlag()
			return topic.Help()
		}),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if len(args) == 0 {
				for _, c := range root.Commands() {
					if !c.Hidden {
						names = append(names, c.Name()+"\t"+c.Short)
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}
