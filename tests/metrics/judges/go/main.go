// Reads expositions with the parsers of Prometheus (model/textparse) and of its clients (common/expfmt).
//
// Input: a JSON array of expositions. Output: for each a verdict with the errors, and the series that textparse has read.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

type exposition struct {
	ContentType string `json:"contentType"`
	Body        []byte `json:"body"`
}

type verdict struct {
	Errors []string `json:"errors"`
	// Values by series; native histograms by their text.
	Series map[string]string `json:"series"`
	// Number of families that expfmt has read, and of exemplars that textparse has read.
	Families  int `json:"families"`
	Exemplars int `json:"exemplars"`
}

func main() {
	var given []exposition
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		panic(err)
	}
	verdicts := make([]verdict, len(given))
	for i, one := range given {
		v := &verdicts[i]
		v.Errors = []string{}
		v.Series = map[string]string{}
		for _, options := range []textparse.ParserOptions{
			{EnableTypeAndUnitLabels: true},
			{OpenMetricsSkipSTSeries: true},
			{ConvertClassicHistogramsToNHCB: true, KeepClassicOnClassicAndNativeHistograms: true},
		} {
			readWithTextparse(&verdict{Series: map[string]string{}}, one, options, v)
		}
		readWithTextparse(v, one, textparse.ParserOptions{KeepClassicOnClassicAndNativeHistograms: true}, v)
		readWithExpfmt(v, one)
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		panic(err)
	}
}

func readWithTextparse(into *verdict, one exposition, options textparse.ParserOptions, faults *verdict) {
	fail := func(format string, args ...any) {
		faults.Errors = append(faults.Errors, fmt.Sprintf("textparse %+v: ", options)+fmt.Sprintf(format, args...))
	}
	parser, err := textparse.New(one.Body, one.ContentType, labels.NewSymbolTable(), options)
	if err != nil {
		fail("%v", err)
		return
	}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			fail("%v", err)
			return
		}
		var value string
		switch entry {
		case textparse.EntrySeries:
			_, _, number := parser.Series()
			value = strconv.FormatFloat(number, 'g', -1, 64)
			if math.IsNaN(number) {
				value = "NaN"
			}
		case textparse.EntryHistogram:
			_, _, whole, float := parser.Histogram()
			if whole != nil {
				value = whole.String()
				err = whole.Validate()
			} else {
				value = float.String()
				err = float.Validate()
			}
			if err != nil {
				fail("%v", err)
			}
			value = "native " + value
		default:
			continue
		}
		var set labels.Labels
		parser.Labels(&set)
		if duplicate, is := set.HasDuplicateLabelNames(); is {
			fail("label %s twice", duplicate)
		}
		name := set.String()
		if entry == textparse.EntryHistogram {
			name = "native " + name
		}
		if _, is := into.Series[name]; is {
			fail("series %s twice", name)
		}
		into.Series[name] = value
		var e exemplar.Exemplar
		for parser.Exemplar(&e) {
			into.Exemplars++
		}
	}
}

// For OpenMetrics expfmt has no parser: it falls back to that of the text format, which does not know the type info.
func readWithExpfmt(v *verdict, one exposition) {
	if strings.HasPrefix(one.ContentType, "application/openmetrics-text") {
		return
	}
	decoder := expfmt.NewDecoder(bytes.NewReader(one.Body), expfmt.Format(one.ContentType))
	names := map[string]bool{}
	for {
		var family dto.MetricFamily
		err := decoder.Decode(&family)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			v.Errors = append(v.Errors, "expfmt: "+err.Error())
			break
		}
		if names[family.GetName()] {
			v.Errors = append(v.Errors, "expfmt: family "+family.GetName()+" twice")
		}
		names[family.GetName()] = true
	}
	v.Families = len(names)
}
