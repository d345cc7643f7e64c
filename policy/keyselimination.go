package policy

// eliminationKeys steer risk elimination, the look-backs after it and the rollback (2.6, 2.7, 2.7b). There is none that
// sets how many households are to be eliminated, and there must not be (S003 #11).
var eliminationKeys = []Key{
	budget("elim_verify_days", "消除前入户核实", "5", "D", ""),
	budget("elim_confirm_days", "农户确认消除", "5", "D", ""),
	budget("elim_mark_days", "消除公告与标注", "2", "D", ""),
	count("stable_months", "消除前收入稳定月数", "月", "6", "E-7", 0, 36),
	count("min_months_monitored", "最短监测月数（提示）", "月", "6", "E-11", 0, 36),
	pick("no_labour_elimination", "整户无劳动力户的风险消除", NoLabourNever, "E-8c", NoLabourNever, NoLabourAfterStable, NoLabourNormal),
	count("renominate_months", "农户不同意后再次提名的间隔", "月", "3", "D", 0, 36),
	yesNo("elimination_comparison", "县级审定消除前须再次比对", "false", "D"),
	count("lookback_windows", "消除后回头看次数", "次", "4", "S003 #11", 1, 12),
	pick("lookback_mode", "回头看周期", LookbackRolling, "S003 #11", LookbackRolling, LookbackCalendar),
	count("lookback_extension", "观察期延长时加开的回头看次数", "次", "1", "D", 1, 4),
	budget("rollback_verify_days", "回退村级核实", "5", "D", ""),
}
