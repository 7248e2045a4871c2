// Package export_sentinel_agent_lifecycle is the sample guest in Go; what it
// does is told in tests/languages.rs. The bindings expect it under this name.
package export_sentinel_agent_lifecycle

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"time"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	"wit_component/sentinel_agent_input"
	"wit_component/sentinel_agent_lifecycle"
	"wit_component/sentinel_agent_log"
	"wit_component/sentinel_agent_progress"
	"wit_component/sentinel_agent_types"
	"wit_component/sentinel_agent_workspace"
)

type (
	attribute  = sentinel_agent_lifecycle.Attribute
	task       = sentinel_agent_lifecycle.Task
	output     = sentinel_agent_lifecycle.Output
	agentError = sentinel_agent_lifecycle.AgentError
)

const nap = 50 * time.Millisecond

var greeting = "hello"

func Initialize(config []attribute) witTypes.Result[witTypes.Unit, agentError] {
	for _, setting := range config {
		if setting.Key == "greeting" {
			// The bindings lend strings for the length of the call.
			greeting = string([]byte(setting.Value))
		}
	}
	return witTypes.Ok[witTypes.Unit, agentError](witTypes.Unit{})
}

func Execute(task task) witTypes.Result[output, agentError] {
	kind := task.Kind.Tag()
	if kind != sentinel_agent_types.TaskKindRepair && kind != sentinel_agent_types.TaskKindOptimize {
		return failed(sentinel_agent_types.MakeAgentErrorUnsupportedTask(fmt.Sprint(kind)))
	}
	sentinel_agent_log.Emit(sentinel_agent_log.LevelInfo, greeting+" from Go")
	sentinel_agent_progress.Report("look around", 1, 2)
	said, err := lookAround()
	if err != nil {
		return failed(sentinel_agent_types.MakeAgentErrorFailed(err.Error()))
	}
	sentinel_agent_progress.Report("look around", 2, 2)
	return witTypes.Ok[output, agentError](sentinel_agent_types.MakeOutputAbstained(said))
}

func Cleanup() {}

func failed(err agentError) witTypes.Result[output, agentError] {
	return witTypes.Err[output, agentError](err)
}

func lookAround() (string, error) {
	files := sentinel_agent_input.List()
	if files.IsErr() {
		return "", fmt.Errorf("no input")
	}
	var inputs []string
	for _, file := range files.Ok() {
		inputs = append(inputs, file.Path)
	}
	listed := sentinel_agent_workspace.List(witTypes.None[string](), 1000)
	if listed.IsErr() {
		return "", fmt.Errorf("no workspace")
	}
	entries, err := walk("/workspace")
	if err != nil {
		return "", err
	}
	greet, err := os.ReadFile("/workspace/greet.txt")
	if err != nil {
		return "", err
	}
	log, err := os.ReadFile("/input/job.log")
	if err != nil {
		return "", err
	}
	said, err := json.Marshal(map[string]any{
		"language":       "Go",
		"inputs":         inputs,
		"listed":         len(listed.Ok()),
		"entries":        entries,
		"greet":          string(greet),
		"log_bytes":      len(log),
		"log_sum":        sum(log),
		"clock_went_on":  clocksGoOn(),
		"random":         randomDiffers(),
		"write_refused":  refused("/workspace/evil.txt", os.O_WRONLY|os.O_CREATE),
		"escape_refused": refused("/workspace/../outside.txt", os.O_RDONLY),
	})
	return string(said), err
}

// walk names every file and directory below root, relative to it.
func walk(root string) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		relative, err := filepath.Rel(root, path)
		paths = append(paths, relative)
		return err
	})
	sort.Strings(paths)
	return paths, err
}

func sum(bytes []byte) (sum uint32) {
	for _, b := range bytes {
		sum += uint32(b)
	}
	return sum
}

func clocksGoOn() bool {
	start := time.Now()
	time.Sleep(nap)
	end := time.Now()
	// Round strips the monotonic reading: what is compared is the wall clock.
	return end.Sub(start) >= nap && end.Round(0).After(start.Round(0))
}

func randomDiffers() bool {
	one, other := make([]byte, 16), make([]byte, 16)
	rand.Read(one)
	rand.Read(other)
	return !bytes.Equal(one, other)
}

func refused(path string, flag int) bool {
	file, err := os.OpenFile(path, flag, 0o644)
	if err == nil {
		file.Close()
	}
	return err != nil
}
