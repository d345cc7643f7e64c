package main

import (
	"encoding/json"
	"fmt"
	"os"

	"shouwang/activities"
	"shouwang/procedure"
)

type checkCmd struct {
	JSON bool `name:"json" help:"以 JSON 输出"`
}

type checkReport struct {
	Definitions []checkedDefinition `json:"definitions"`
	Faults      []procedure.Fault   `json:"faults"`
}

type checkedDefinition struct {
	Name    string         `json:"name"`
	Version int            `json:"version"`
	Title   string         `json:"title"`
	Mode    procedure.Mode `json:"mode"`
	Initial string         `json:"initial"`
	States  []checkedState `json:"states"`
	Events  []checkedEvent `json:"events"`
}

type checkedState struct {
	Code  procedure.State `json:"code"`
	Title string          `json:"title"`
	Final bool            `json:"final"`
}

type checkedEvent struct {
	Code    string            `json:"code"`
	Title   string            `json:"title"`
	From    []procedure.State `json:"from"`
	To      procedure.State   `json:"to"`
	Roles   []procedure.Role  `json:"roles"`
	Proxies []procedure.Role  `json:"proxies,omitempty"`
}

func (c checkCmd) Run() error {
	report := checkReport{Faults: procedure.Check(procedure.All, activities.Lists())}
	for _, d := range procedure.All {
		report.Definitions = append(report.Definitions, checked(d))
	}
	if report.Faults == nil {
		report.Faults = []procedure.Fault{}
	}
	if c.JSON {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(report); err != nil {
			return err
		}
	} else {
		report.print()
	}
	if n := len(report.Faults); n > 0 {
		return fmt.Errorf("程序定义有 %d 处错误", n)
	}
	return nil
}

func checked(d *procedure.Definition) checkedDefinition {
	out := checkedDefinition{Name: d.Name, Version: d.Version, Title: d.Title, Mode: d.Mode, Initial: string(d.Initial)}
	for _, s := range d.States {
		out.States = append(out.States, checkedState{s.Code, s.Title, s.Final})
	}
	for _, e := range d.Events {
		out.Events = append(out.Events, checkedEvent{e.Code, e.Title, e.From, e.To, e.Roles, e.Proxies})
	}
	return out
}

func (r checkReport) print() {
	for _, d := range r.Definitions {
		fmt.Printf("%s@%d %s：%d 个状态，%d 个事件\n", d.Name, d.Version, d.Title, len(d.States), len(d.Events))
	}
	for _, f := range r.Faults {
		fmt.Println("错误：", f)
	}
	if len(r.Faults) == 0 {
		fmt.Println("全部程序定义检查通过")
	}
}
