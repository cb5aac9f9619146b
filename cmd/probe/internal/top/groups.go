package top

import (
	"fmt"

	"charm.land/lipgloss/v2"

	"github.com/referent-go/referent/cmd/probe/internal/human"
)

// groupColumns are the columns of the table of groups. With totals, births and
// deaths are counted and not told a second.
func (s *scene) groupColumns(width int) []column[Row] {
	t := s.theme
	calm := func(zero func(Row) bool) func(Row) lipgloss.Style {
		return func(r Row) lipgloss.Style {
			if zero(r) {
				return t.dim
			}
			return lipgloss.NewStyle()
		}
	}
	name := func(o order, title string) string {
		if o != s.order {
			return title
		}
		if s.reverse == (o == byName) { // names go up from A, numbers down from the most
			return title + t.down
		}
		return title + t.up
	}
	trend := 10
	if width >= 110 {
		trend = 20
	}
	columns := []column[Row]{
		{title: name(byName, "GROUP"), left: true, flex: true, min: 8, text: func(r Row) string { return r.Name }},
	}
	if len(s.fleet.targets) > 1 {
		columns = append(columns, column[Row]{title: "ON", min: 3, worth: 65, text: func(r Row) string {
			return fmt.Sprintf("%d/%d", len(r.On), len(s.fleet.targets))
		}})
	}
	columns = append(columns,
		column[Row]{title: name(byLive, "LIVE"), min: 7, worth: 90, text: func(r Row) string { return human.Count(r.GroupStats.Live) }},
		column[Row]{
			title: name(byGrowth, t.delta+"/s"), min: 6, worth: 70,
			text:  func(r Row) string { return change(r.Growth) },
			style: calm(func(r Row) bool { return change(r.Growth) == "0" || !r.Growth.Known }),
		},
	)
	if s.totals {
		columns = append(columns,
			column[Row]{title: "CREATED", min: 7, worth: 15, text: func(r Row) string { return human.Count(r.Since.Created) }},
			column[Row]{title: "CLEANED", min: 9, worth: 60, text: func(r Row) string { return human.Count(r.Since.Cleaned) }},
		)
	} else {
		columns = append(columns,
			column[Row]{
				title: "CREATED/s", min: 9, worth: 15,
				text:  func(r Row) string { return perSecond(r.Births) },
				style: calm(func(r Row) bool { return perSecond(r.Births) == "0" || !r.Births.Known }),
			},
			column[Row]{
				title: name(byDeaths, "CLEANED/s"), min: 9, worth: 60,
				text:  func(r Row) string { return perSecond(r.Deaths) },
				style: calm(func(r Row) bool { return perSecond(r.Deaths) == "0" || !r.Deaths.Known }),
			},
		)
	}
	return append(columns,
		column[Row]{
			title: "EXPECTED", min: 8, worth: 20,
			text:  func(r Row) string { return human.Count(r.Expected) },
			style: calm(func(r Row) bool { return r.Expected == 0 }),
		},
		column[Row]{
			title: name(byRetained, "RETAINED"), min: 8, worth: 80,
			text: func(r Row) string {
				if r.Retained == 0 {
					return "0  "
				}
				return human.Count(r.Retained) + " !"
			},
			style: func(r Row) lipgloss.Style {
				if r.Retained == 0 {
					return t.dim
				}
				return t.bad
			},
		},
		column[Row]{title: "AGE p50", min: 7, worth: 40, text: func(r Row) string { return s.unit(quantile(r.Since.Ages, 0.5)) }},
		column[Row]{title: name(byAge, "AGE p99"), min: 7, worth: 45, text: func(r Row) string { return s.unit(quantile(r.Since.Ages, 0.99)) }},
		column[Row]{title: "BYTES", min: 9, worth: 10, text: func(r Row) string {
			if r.Bytes == 0 {
				return "-"
			}
			return human.Bytes(r.Bytes)
		}, style: calm(func(r Row) bool { return r.Bytes == 0 })},
		column[Row]{
			title: "TREND " + human.Age(window*s.fleet.interval), left: true, min: trend, worth: 50,
			text:  func(r Row) string { return s.trend(r, trend) },
			style: func(Row) lipgloss.Style { return t.accent },
		},
	)
}

// trend draws how many objects of a group were alive in the last intervals.
func (s *scene) trend(r Row, n int) string {
	if r.trend == nil {
		return ""
	}
	values := r.trend.columns(s.fleet.now, n)
	low, high := trendRange(values)
	return sparkline(values, low, high, s.theme.steps)
}
