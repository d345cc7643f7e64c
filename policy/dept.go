package policy

// deptKeys steer what follows from the lists of departments, and how much may be taken out of the system at once (3.3).
var deptKeys = []Key{
	count("dept_expense_fen", "部门反馈的大额支出达到多少才形成线索", "分", "500000", "D; S003 #23", 1, 1_000_000_000),
	count("export_max_rows", "一次导出的行数上限", "行", "100000", "D; domain 3.3", 1, 1_000_000),
	count("export_keep_hours", "导出文件保留时间", "小时", "24", "D; domain 3.3", 1, 24*30),
}
