package policy_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/policy"
)

func TestPersonalNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"核对510923196003070014": true, "身份证51092319600307001x。": true, "打13800001234": true, "账号6222021234599887766": true, "13800001234": true,
		"入户核实": false, "云府发〔2026〕34号": false, "村委会电话 0825-5550000": false, "XS20261125-1RGN8C88": false, "共1380000123元": false, "510923101201": false,
	} {
		require.Equal(t, want, policy.Personal(text), text)
	}
}

func TestCleared(t *testing.T) {
	t.Parallel()
	require.Equal(t, "“…”不在可选值之中，或者打…，区划510923101201", policy.Cleared("“510923196003070014”不在可选值之中，或者打13800001234，区划510923101201"))
}

func TestShown(t *testing.T) {
	t.Parallel()
	require.Equal(t, "found_at", policy.Shown("found_at"))
	for _, other := range []string{"张三", "510923196003070014", "a b", ""} {
		require.Equal(t, "…", policy.Shown(other))
	}
}

// What is wrong with a row of policy never repeats a number that somebody has typed where it does not belong.
func TestFaultsOfPolicyRepeatNoNumber(t *testing.T) {
	t.Parallel()
	const number, phone = "510923196003070014", 13911110001
	refused := 0
	tell := func(key string, value any) {
		raw, err := json.Marshal(value)
		require.NoError(t, err)
		faults := policy.ValidateRow(policy.Row{Key: key, Region: "510923", Value: raw})
		refused += min(len(faults), 1)
		for _, f := range faults {
			require.NotContains(t, f.Field+f.Message, number, "%s %s", key, raw)
			require.NotContains(t, f.Message, "13911110001", "%s %s", key, raw)
		}
	}
	tell(number, 1)
	for _, key := range policy.Keys {
		tell(key.Code, number)
		tell(key.Code, phone)
		var value any
		if key.Default != nil {
			require.NoError(t, json.Unmarshal(key.Default, &value), key.Code)
		}
		eachPlace(value, func(put func(any)) {
			for _, x := range []any{number, phone} {
				put(x)
				tell(key.Code, value)
			}
		})
		if m, ok := value.(map[string]any); ok {
			m[number] = number
			tell(key.Code, value)
		}
	}
	require.Greater(t, refused, len(policy.Keys))
}

// eachPlace puts something in the place of each value inside another, one at a time, and then back what was there.
func eachPlace(value any, try func(put func(any))) {
	switch v := value.(type) {
	case map[string]any:
		for k, was := range v {
			try(func(x any) { v[k] = x })
			v[k] = was
			eachPlace(was, try)
		}
	case []any:
		for i, was := range v {
			try(func(x any) { v[i] = x })
			v[i] = was
			eachPlace(was, try)
		}
	}
}
