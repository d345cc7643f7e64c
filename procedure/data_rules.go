package procedure

// dataRules are the checks a problem may come from, with the codes and titles of policy.AllRules, and one for lists from
// above about things the system does not keep.
var dataRules = []Option{
	{DataRuleListed, "上级清单列出的其他问题"},
}
